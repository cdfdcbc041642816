/**
 * The headers that mirror the body, so that what routes a request by its headers and what serves it by its body agree
 * (2026-07-28, Streamable HTTP, Request Metadata). Pure functions of their input.
 */

import type { JsonRpcRequest } from '../json-rpc.ts';
import { quoted } from '../refusal.ts';
import type { Objection } from './objection.ts';

/** One request header by its lower-case name, `undefined` when absent. */
export type HeaderReader = (name: string) => string | undefined;

/** Which member of `params` the header `Mcp-Name` repeats (2026-07-28, Streamable HTTP, Standard Request Headers). */
const nameSources = new Map([
  ['tools/call', 'name'],
  ['prompts/get', 'name'],
  ['resources/read', 'uri'],
]);

/** Rule M5: `Mcp-Method` on every request, `Mcp-Name` on those that name something. */
export function standardHeadersObjection(request: JsonRpcRequest, header: HeaderReader): Objection | undefined {
  const { method, params } = request;
  const methodHeader = header('mcp-method');
  if (methodHeader === undefined) return mismatch(`the header Mcp-Method is missing; the body says ${quoted(method)}`);
  // No sentinel here: only Mcp-Name and Mcp-Param-* may be encoded (2026-07-28, Streamable HTTP, Server Validation).
  if (trimmed(methodHeader) !== method) {
    return mismatch(`Mcp-Method is ${quoted(trimmed(methodHeader))}, but the body says ${quoted(method)}`);
  }
  const source = nameSources.get(method);
  if (source === undefined) return undefined;
  const nameHeader = header('mcp-name');
  if (nameHeader === undefined)
    return mismatch(`the header Mcp-Name is missing; ${method} repeats params.${source} in it`);
  const decoded = decodeHeaderValue(nameHeader);
  if (decoded === undefined) return mismatch(`Mcp-Name ${unreadable}`);
  const name = params?.[source];
  if (typeof name !== 'string') return mismatch(`Mcp-Name is ${quoted(decoded)}, but params.${source} is no string`);
  if (decoded !== name) return mismatch(`Mcp-Name is ${quoted(decoded)}, but params.${source} is ${quoted(name)}`);
  return undefined;
}

/** What is wrong with a header that `decodeHeaderValue` cannot read: goes after its name. */
export const unreadable = 'is neither visible ASCII nor =?base64?…?= around base64 of UTF-8, with its padding';

const prefix = '=?base64?';
const suffix = '?=';
const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * The text that a header value stands for: itself, or what the Base64 sentinel holds (2026-07-28, Streamable HTTP,
 * Value Encoding). `undefined`: it holds characters that no header may, or its encoding is broken.
 */
export function decodeHeaderValue(value: string): string | undefined {
  const text = trimmed(value);
  if (!/^[\t\x20-\x7e]*$/.test(text)) return undefined;
  const isEncoded = text.length >= prefix.length + suffix.length && text.startsWith(prefix) && text.endsWith(suffix);
  if (!isEncoded) return text;
  const base64 = text.slice(prefix.length, -suffix.length);
  try {
    const binary = atob(base64);
    // `atob` forgives white space, missing padding and stray bits; two spellings of one value are no strict encoding.
    if (btoa(binary) !== base64) return undefined;
    return strictUtf8.decode(Uint8Array.from(binary, (character) => character.charCodeAt(0)));
  } catch {
    return undefined;
  }
}

/** White space around a header value is no part of it (RFC 9110, 5.5). Unlike `trim`, this leaves a Latin-1 NBSP alone. */
export function trimmed(value: string): string {
  if (!isBlank(value.charCodeAt(0)) && !isBlank(value.charCodeAt(value.length - 1))) return value;
  return value.replace(/^[\t ]+|[\t ]+$/g, '');
}

const isBlank = (code: number): boolean => code === 0x20 || code === 0x09;

function mismatch(why: string): Objection {
  return { error: 'headerMismatch', values: { why } };
}
