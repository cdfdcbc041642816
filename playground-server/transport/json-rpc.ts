/**
 * JSON-RPC 2.0 as MCP uses it: the shapes of the messages, and the way from bytes to one of them.
 *
 * MCP narrows JSON-RPC: ids are strings or integers and never null, params are an object
 * (2025-11-25, Base Protocol, Messages).
 */

export type JsonValue = null | boolean | number | string | JsonValue[] | { [key: string]: JsonValue };
export type JsonObject = { [key: string]: JsonValue };

/** A string or a safe integer. `1` and `"1"` are two different ids. */
export type RequestId = string | number;

export interface JsonRpcRequest {
  jsonrpc: '2.0';
  id: RequestId;
  method: string;
  params?: JsonObject;
}

export interface JsonRpcNotification {
  jsonrpc: '2.0';
  method: string;
  params?: JsonObject;
}

export interface JsonRpcErrorObject {
  code: number;
  message: string;
  data?: JsonValue;
}

export type JsonRpcResponse =
  | { jsonrpc: '2.0'; id: RequestId; result: JsonObject }
  | { jsonrpc: '2.0'; id?: RequestId; error: JsonRpcErrorObject };

export type JsonRpcMessage = JsonRpcRequest | JsonRpcNotification | JsonRpcResponse;

/** The codes of JSON-RPC 2.0, section 5.1. */
export const rpcCodes = {
  parseError: -32700,
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  internalError: -32603,
} as const;

/** The codes that MCP allocated (2026-07-28, Base Protocol, Error Codes). */
export const modernCodes = {
  headerMismatch: -32020,
  missingCapability: -32021,
  unsupportedVersion: -32022,
} as const;

export type Parsed =
  | { kind: 'json'; value: unknown }
  | { kind: 'not-utf8' }
  | { kind: 'not-json' }
  | { kind: 'too-deep' };

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Bytes to a JSON value. `maxDepth`: how many arrays and objects may stand inside one another. */
export function parseBody(bytes: Uint8Array, maxDepth: number): Parsed {
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    return { kind: 'not-utf8' };
  }
  // Before JSON.parse: the text is cheap to scan, and a tower of a million arrays is never built.
  if (isDeeperThan(text, maxDepth)) return { kind: 'too-deep' };
  try {
    return { kind: 'json', value: JSON.parse(text) };
  } catch {
    return { kind: 'not-json' };
  }
}

function isDeeperThan(text: string, maxDepth: number): boolean {
  if (opensAtMost(text, maxDepth)) return false;
  let depth = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (inString) {
      if (code === 0x5c /* \ */) i++;
      else if (code === 0x22 /* " */) inString = false;
    } else if (code === 0x22) inString = true;
    else if (code === 0x7b /* { */ || code === 0x5b /* [ */) {
      if (++depth > maxDepth) return true;
    } else if (code === 0x7d /* } */ || code === 0x5d /* ] */) depth--;
  }
  return false;
}

/** So few brackets cannot stand deeper, in strings or not. Nearly every message ends here, after two quick searches. */
function opensAtMost(text: string, most: number): boolean {
  let count = 0;
  for (const bracket of ['{', '[']) {
    for (let at = text.indexOf(bracket); at >= 0; at = text.indexOf(bracket, at + 1)) if (++count > most) return false;
  }
  return true;
}

export type Classified =
  | { kind: 'request'; message: JsonRpcRequest }
  | { kind: 'notification'; message: JsonRpcNotification }
  | { kind: 'response'; message: JsonRpcResponse }
  | { kind: 'array'; messages: readonly unknown[] }
  /** `id` is there when the message had a usable one, so that an error can echo it (rule G6). */
  | { kind: 'invalid'; why: string; id?: RequestId };

/** What may be served: anything but an invalid message. */
export type Received = Exclude<Classified, { kind: 'invalid' }>;

/** Tells what a JSON value is. The value itself is handed on, not copied. */
export function classify(value: unknown): Classified {
  if (Array.isArray(value)) return { kind: 'array', messages: value };
  if (!isObject(value)) return { kind: 'invalid', why: 'the body is not a JSON object' };

  const { id } = value;
  const hasId = 'id' in value;
  const validId = isRequestId(id);
  const invalid = (why: string): Classified => (validId ? { kind: 'invalid', why, id } : { kind: 'invalid', why });

  if (value.jsonrpc !== '2.0') return invalid('"jsonrpc" must be "2.0"');
  if ('method' in value) {
    if (typeof value.method !== 'string') return invalid('"method" must be a string');
    if ('params' in value && !isObject(value.params)) return invalid('"params" must be an object');
    if (!hasId) return { kind: 'notification', message: value as unknown as JsonRpcNotification };
    if (!validId) return invalid('"id" must be a string or a safe integer');
    return { kind: 'request', message: value as unknown as JsonRpcRequest };
  }
  const hasResult = 'result' in value;
  if (hasResult === 'error' in value) return invalid('it needs "method", or exactly one of "result" and "error"');
  if (hasResult ? !isObject(value.result) : !isErrorObject(value.error)) {
    return invalid(
      hasResult ? '"result" must be an object' : '"error" must have an integer "code" and a string "message"',
    );
  }
  // An error about a message whose id could not be read has none (JSON-RPC 2.0, section 5).
  if (hasId ? !validId : hasResult) return invalid('"id" must be a string or a safe integer');
  return { kind: 'response', message: value as unknown as JsonRpcResponse };
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isRequestId(id: unknown): id is RequestId {
  return typeof id === 'string' || Number.isSafeInteger(id);
}

function isErrorObject(error: unknown): boolean {
  return isObject(error) && Number.isSafeInteger(error.code) && typeof error.message === 'string';
}
