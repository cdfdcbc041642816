import { isObject, type JsonObject } from './json-rpc.ts';

/** What of `required` a client did not declare, member by member; `undefined` when nothing is missing (rule M14). */
export function undeclaredOf(required: JsonObject, declared: JsonObject): JsonObject | undefined {
  return missingIn(required, withImpliedForm(declared));
}

function missingIn(required: JsonObject, declared: JsonObject): JsonObject | undefined {
  const missing: JsonObject = {};
  for (const [name, wanted] of Object.entries(required)) {
    const given = Object.hasOwn(declared, name) ? declared[name] : undefined;
    if (!isObject(given)) missing[name] = wanted;
    else if (isObject(wanted)) {
      const inside = missingIn(wanted as JsonObject, given as JsonObject);
      if (inside) missing[name] = inside;
    }
  }
  return Object.keys(missing).length > 0 ? missing : undefined;
}

/** "An empty capabilities object is equivalent to declaring support for form mode only" (2026-07-28, Elicitation). */
function withImpliedForm(declared: JsonObject): JsonObject {
  const { elicitation: modes } = declared;
  if (!isObject(modes) || 'form' in modes || 'url' in modes) return declared;
  return { ...declared, elicitation: { ...(modes as JsonObject), form: {} } };
}
