/** From an entry of the table of errors to what is sent. Pure functions of their input. */

import { type ErrorEntry, type ErrorName, errors } from './errors.ts';
import type { JsonObject, RequestId } from './json-rpc.ts';

/** One refusal, ready to be sent. */
export interface Refusal {
  readonly entry: ErrorEntry;
  readonly message: string;
  readonly data: JsonObject | undefined;
}

/** `values` fill the braces of the message; what came from the client is quoted and shortened. */
export function refusal(name: ErrorName, values: Record<string, string | number> = {}, data?: JsonObject): Refusal {
  const entry: ErrorEntry = errors[name];
  const message = entry.message.replace(/\{(\w+)\}/g, (_, key: string) => String(values[key] ?? ''));
  return { entry, message, data };
}

/** What a client sent, as it may stand in a message: one line, quoted, at most 80 characters. */
export function quoted(value: string): string {
  return JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}…` : value);
}

/** The JSON-RPC error of a refusal. Without an id that could be read there is no `id` member (rule G6). */
export function refusalBody({ entry, message, data }: Refusal, id?: RequestId): string {
  const error = data === undefined ? { code: entry.code, message } : { code: entry.code, message, data };
  return JSON.stringify(id === undefined ? { jsonrpc: '2.0', error } : { jsonrpc: '2.0', id, error });
}
