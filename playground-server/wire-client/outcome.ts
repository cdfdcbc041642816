/**
 * What became of one request: every way it can end, told apart, and nothing made prettier than it was.
 */

import type { JsonObject, JsonRpcErrorObject, JsonRpcMessage, RequestId } from '../transport/json-rpc.ts';

export type Outcome =
  | { kind: 'result'; status: number; headers: Headers; result: JsonObject }
  /** A JSON-RPC error, whatever the HTTP status. */
  | { kind: 'error'; status: number; headers: Headers; error: JsonRpcErrorObject }
  /** 2xx with nothing to read: a notification was taken, or a session ended. */
  | { kind: 'accepted'; status: number; headers: Headers }
  /** Not MCP: an HTTP status and whatever text came with it. */
  | { kind: 'refused'; status: number; headers: Headers; body: string }
  /** The event stream ended, or broke, before the response was on it. */
  | { kind: 'no-response'; status: number; headers: Headers }
  /** The caller gave up. */
  | { kind: 'aborted' }
  /** No HTTP answer at all: refused, reset, or no network. */
  | { kind: 'unreachable'; message: string };

/** The message in this text, or `undefined` when it is not one JSON-RPC message. */
export function parseMessage(text: string): JsonRpcMessage | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return (value as { jsonrpc?: unknown }).jsonrpc === '2.0' ? (value as JsonRpcMessage) : undefined;
}

/** The outcome that this message is for request `id`, or `undefined` when it is about something else. */
export function responseOutcome(
  message: JsonRpcMessage | undefined,
  id: RequestId,
  head: { status: number; headers: Headers },
): Outcome | undefined {
  if (!message || 'method' in message || message.id !== id) return undefined;
  const { status, headers } = head;
  return 'error' in message
    ? { kind: 'error', status, headers, error: message.error }
    : { kind: 'result', status, headers, result: message.result };
}

/** The outcome of an answer in one piece: a JSON-RPC message, nothing, or text. */
export function wholeOutcome(body: string, head: { status: number; headers: Headers }): Outcome {
  const { status, headers } = head;
  const message = parseMessage(body);
  if (message && 'error' in message) return { kind: 'error', status, headers, error: message.error };
  if (message && 'result' in message) return { kind: 'result', status, headers, result: message.result };
  if (body === '' && status >= 200 && status < 300) return { kind: 'accepted', status, headers };
  return { kind: 'refused', status, headers, body };
}

/** A failed `fetch`, or a body that broke off, as an outcome. */
export function failureOutcome(cause: unknown, signal: AbortSignal | undefined): Outcome {
  if (signal?.aborted) return { kind: 'aborted' };
  return { kind: 'unreachable', message: cause instanceof Error ? cause.message : String(cause) };
}
