/**
 * The headers that repeat the body of a modern request, and how their values are written (2026-07-28, Streamable HTTP,
 * Request Metadata). Pure functions of their input.
 */

import type { HeaderParameter } from '../transport/handler.ts';
import { isObject, type JsonObject, type JsonValue } from '../transport/json-rpc.ts';

/** What a header may hold as it is: visible ASCII and inner white space. */
const plain = /^(?:[\x21-\x7e](?:[\t\x20-\x7e]*[\x21-\x7e])?)?$/;
const sentinel = /^=\?base64\?.*\?=$/;

/** A text as a header value: itself, or Base64 in its sentinel where a header could not carry it. */
export function encodeHeaderValue(text: string): string {
  // What looks like the sentinel would be decoded (Value Encoding).
  if (plain.test(text) && !sentinel.test(text)) return text;
  const binary = Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join('');
  return `=?base64?${btoa(binary)}?=`;
}

/** `Mcp-Method` of every request, `Mcp-Name` of those that name something. */
export function standardHeaders(method: string, params: JsonObject): Record<string, string> {
  const name =
    method === 'resources/read'
      ? params.uri
      : method === 'tools/call' || method === 'prompts/get'
        ? params.name
        : undefined;
  return { 'mcp-method': method, ...(typeof name === 'string' && { 'mcp-name': encodeHeaderValue(name) }) };
}

/** `Mcp-Param-*` of a tool call: one for each declared parameter that has a value; `null` is none. */
export function parameterHeaders(
  parameters: readonly HeaderParameter[],
  args: JsonValue | undefined,
): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const { name, path } of parameters) {
    const value = path.reduce<JsonValue | undefined>(
      (at, key) => (isObject(at) ? (at as JsonObject)[key] : undefined),
      args,
    );
    if (value === undefined || typeof value === 'object') continue;
    headers[`mcp-param-${name.toLowerCase()}`] = encodeHeaderValue(String(value));
  }
  return headers;
}
