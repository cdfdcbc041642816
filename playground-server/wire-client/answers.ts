/** How a client answers what a server asks it, in either era. */

import { isObject, type JsonObject, type JsonValue } from '../transport/json-rpc.ts';

/** What a server asks: in the handshake era a request of its own, in the modern era part of a result. */
export interface Question {
  method: string;
  params?: JsonObject;
}

/** Answers a question of the server's with its result. What it throws tells the server that there is no answer. */
export type Answer = (question: Question) => JsonObject | Promise<JsonObject>;

/** Accepts an elicitation with `content`, and with the default of each field that is not in it (SEP-1034). */
export function acceptElicitation(params: JsonObject | undefined, content: JsonObject = {}): JsonObject {
  return { action: 'accept', content: { ...defaultsOf(params?.requestedSchema), ...content } };
}

function defaultsOf(schema: JsonValue | undefined): JsonObject {
  if (!isObject(schema) || !isObject(schema.properties)) return {};
  const fields = Object.entries(schema.properties as JsonObject);
  return Object.fromEntries(
    fields.flatMap(([name, field]) =>
      isObject(field) && 'default' in field ? [[name, field.default as JsonValue]] : [],
    ),
  );
}
