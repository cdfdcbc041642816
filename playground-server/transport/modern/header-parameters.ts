/**
 * Tool parameters that their callers mirror into headers `Mcp-Param-<name>` (2026-07-28, Tools, `x-mcp-header`): what a
 * tool's schema declares, and whether a call keeps to it. Pure functions of their input.
 */

import type { HeaderParameter } from '../handler.ts';
import { isObject, type JsonObject, type JsonValue } from '../json-rpc.ts';
import { quoted } from '../refusal.ts';
import { decodeHeaderValue, type HeaderReader, unreadable } from './headers.ts';
import type { Objection } from './objection.ts';

const annotation = 'x-mcp-header';
/** RFC 9110, 5.6.2. */
const token = /^[\w!#$%&'*+.^`|~-]+$/;

/** Keywords whose value is a schema or a list of schemas, and those whose value is schemas by name. */
const subschemas =
  'items additionalItems prefixItems contains unevaluatedItems additionalProperties unevaluatedProperties propertyNames ' +
  'allOf anyOf oneOf not if then else contentSchema';
const namedSubschemas = 'patternProperties dependentSchemas dependencies $defs definitions';
/** All but `properties`: what stands below one of these is not reachable by `properties` alone. */
const unreachable = [...subschemas.split(' '), ...namedSubschemas.split(' ')];
const named = new Set(namedSubschemas.split(' '));

/**
 * Reads the `x-mcp-header` annotations of a tool's input schema. For `Handler.headerParameters`; call it when the tool
 * is registered, since clients leave a tool with an invalid annotation out of their list.
 * @throws TypeError naming the property and the rule that its annotation breaks
 */
export function headerParameters(inputSchema: JsonObject): HeaderParameter[] {
  const found: HeaderParameter[] = [];
  read(inputSchema, [], true, found);
  return found;
}

function read(
  schema: JsonValue | undefined,
  path: readonly string[],
  reachable: boolean,
  found: HeaderParameter[],
): void {
  if (!isObject(schema)) return;
  if (Object.hasOwn(schema, annotation)) found.push(declared(schema as JsonObject, path, reachable, found));
  if (isObject(schema.properties)) {
    for (const [key, child] of Object.entries(schema.properties))
      read(child as JsonValue, [...path, key], reachable, found);
  }
  // Data such as `default` and `enum` is not searched: what looks like an annotation there is none.
  for (const keyword of unreachable) {
    const below = schema[keyword];
    const children = Array.isArray(below)
      ? below
      : named.has(keyword) && isObject(below)
        ? Object.values(below)
        : [below];
    for (const child of children) read(child as JsonValue, [...path, `<${keyword}>`], false, found);
  }
}

function declared(
  { type, [annotation]: name }: JsonObject,
  path: readonly string[],
  reachable: boolean,
  before: readonly HeaderParameter[],
): HeaderParameter {
  const refuse = (rule: string): never => {
    throw new TypeError(`Property ${path.join('.') || '<root>'}: ${annotation} ${JSON.stringify(name)} ${rule}.`);
  };
  if (!reachable || path.length === 0)
    return refuse('must stand on a property that is reached through "properties" alone');
  if (typeof name !== 'string' || !token.test(name))
    return refuse("must be a header name: letters, digits and !#$%&'*+-.^_`|~");
  if (type !== 'string' && type !== 'integer' && type !== 'boolean') {
    return refuse(
      `needs the type "string", "integer" or "boolean", and this one is ${JSON.stringify(type) ?? 'absent'}`,
    );
  }
  const same = before.find((other) => other.name.toLowerCase() === name.toLowerCase());
  if (same) return refuse(`is taken by property ${same.path.join('.')}; upper and lower case are the same`);
  return { name, path, type };
}

/** Rule M6: each declared header is there exactly when the arguments have its value, and says the same. */
export function parameterHeadersObjection(
  parameters: readonly HeaderParameter[],
  args: JsonValue | undefined,
  header: HeaderReader,
): Objection | undefined {
  for (const parameter of parameters) {
    const why = disagreement(
      parameter,
      valueAt(args, parameter.path),
      header(`mcp-param-${parameter.name.toLowerCase()}`),
    );
    if (why !== undefined) return { error: 'parameterHeaderMismatch', values: { why } };
  }
  return undefined;
}

/** `null` counts as no value (2026-07-28, Streamable HTTP, Server Behavior for Custom Headers). */
function valueAt(args: JsonValue | undefined, path: readonly string[]): JsonValue | undefined {
  let value: JsonValue | undefined = args;
  for (const key of path) {
    if (!isObject(value) || !Object.hasOwn(value, key)) return undefined;
    value = value[key] as JsonValue;
  }
  return value ?? undefined;
}

function disagreement(
  { name, path, type }: HeaderParameter,
  value: JsonValue | undefined,
  header: string | undefined,
): string | undefined {
  const argument = `arguments.${path.join('.')}`;
  if (value === undefined) {
    return header === undefined ? undefined : `Mcp-Param-${name} was sent, but ${argument} has no value`;
  }
  if (header === undefined) return `the header Mcp-Param-${name} is missing; it repeats ${argument}`;
  const decoded = decodeHeaderValue(header);
  if (decoded === undefined) return `Mcp-Param-${name} ${unreadable}`;
  if (isSame(decoded, value, type)) return undefined;
  return `Mcp-Param-${name} is ${quoted(decoded)}, but ${argument} is ${quoted(typeof value === 'string' ? value : JSON.stringify(value))}`;
}

function isSame(header: string, value: JsonValue, type: HeaderParameter['type']): boolean {
  if (typeof value === 'object') return false;
  // Beyond the safe range two different integers become the same number: nothing there can be compared.
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) return false;
  if (type === 'integer' && Number.isInteger(value) && /^-?\d+(\.0+)?$/.test(header)) return Number(header) === value;
  return header === String(value);
}
