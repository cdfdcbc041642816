/**
 * Encoding of server-sent events (WHATWG HTML, 9.2.6 "Interpreting an event stream"). Pure functions of their input.
 */

/** What one event may carry. An absent field is not written; `data: ''` writes a literal empty `data:` line. */
export interface SseEvent {
  id?: string;
  event?: string;
  retryMs?: number;
  data?: string;
}

/** A line break would end the field and begin another one of the sender's choosing; a NUL makes the id be ignored. */
const unsafe = /[\r\n\0]/;

/**
 * One event as text, with the blank line that dispatches it.
 * @throws TypeError when `id` or `event` holds CR, LF or NUL (rule E6), or `retryMs` is not a whole number
 */
export function encodeEvent({ id, event, retryMs, data }: SseEvent): string {
  let text = '';
  if (event !== undefined) text += `event: ${checked('event', event)}\n`;
  if (id !== undefined) text += `id: ${checked('id', id)}\n`;
  if (retryMs !== undefined) {
    if (!Number.isSafeInteger(retryMs) || retryMs < 0)
      throw new TypeError(`retryMs must be a whole number, got ${retryMs}`);
    text += `retry: ${retryMs}\n`;
  }
  if (data === '') text += 'data:\n';
  else if (data !== undefined) for (const line of data.split(/\r\n|\r|\n/)) text += `data: ${line}\n`;
  return `${text}\n`;
}

/**
 * One JSON-RPC message as an event. JSON has no raw line break, so it is always a single `data:` line:
 * this is `encodeEvent` without its checks, for the hot path.
 */
export function encodeMessage(eventId: string | undefined, json: string): string {
  return eventId === undefined ? `data: ${json}\n\n` : `id: ${eventId}\ndata: ${json}\n\n`;
}

/**
 * The event that primes a client to resume: an id, the time to wait, and no data, which no client dispatches
 * (2025-11-25, Transports, Sending Messages to the Server, 6).
 */
export function encodePrime(eventId: string, retryMs: number): string {
  return `id: ${eventId}\nretry: ${retryMs}\ndata:\n\n`;
}

/** Nothing but the time to wait before reconnecting: an event without data, which no client dispatches. */
export function encodeRetry(retryMs: number): string {
  return `retry: ${retryMs}\n\n`;
}

/** A comment: bytes on the wire that every client skips. Keeps proxies from closing a quiet stream. */
export function encodeComment(text: string): string {
  return `: ${text.replace(/[\r\n\0]/g, ' ')}\n\n`;
}

function checked(field: string, value: string): string {
  if (unsafe.test(value)) throw new TypeError(`An SSE ${field} cannot hold CR, LF or NUL: ${JSON.stringify(value)}`);
  return value;
}
