/** What may stand in a wire log: texts cut to a bound, credentials and addresses masked, at the source. */

import { type HeaderList, maskHeaders, type TraceEvent } from '../transport/trace.ts';

/** Texts longer than this many UTF-16 units are cut. */
export const shownTextLimit = 16 * 1024;

/** Headers by which proxies pass on the address of a reader: it is nobody's business in an exported log. */
const addressHeaders = new Set([
  'forwarded',
  'x-forwarded-for',
  'x-real-ip',
  'x-client-ip',
  'true-client-ip',
  'cf-connecting-ip',
  'fly-client-ip',
]);

/** The headers of a request or an answer as a wire log shows them. */
export function shownHeaders(headers: Iterable<readonly [string, string]>): HeaderList {
  return withoutAddresses(maskHeaders(headers));
}

function withoutAddresses(headers: HeaderList): HeaderList {
  return headers.map(([name, value]) => [name, addressHeaders.has(name.toLowerCase()) ? '…' : value]);
}

/** Node's flat `[name, value, name, value …]` as pairs. */
export function* headerPairs(raw: readonly string[]): Generator<[string, string]> {
  for (let i = 0; i + 1 < raw.length; i += 2) yield [raw[i] as string, raw[i + 1] as string];
}

/** `/labs/<id>/mcp` names a secret: the id opens the lab's endpoint to whoever reads it. */
export const shownTarget = (url: string): string => url.replace(/^\/labs\/[^/?#]+/, '/labs/…');

/** `curl`, `node`, `browser` …: the first product of the `User-Agent`, which is what tells clients apart in a figure. */
export function clientName(userAgent: string | undefined): string {
  if (userAgent === undefined) return 'unknown';
  if (userAgent.startsWith('Mozilla/')) return 'browser';
  return /^[\w.+-]{1,40}/.exec(userAgent)?.[0] ?? 'unknown';
}

/** An event of the transport as the log keeps it, and the full size of its text where it is longer than that. */
export function shownTrace(event: TraceEvent): { event: TraceEvent; bytes?: number; cutFromBytes?: number } {
  switch (event.type) {
    case 'request-received':
      // The transport has masked its headers already, and knows nothing of addresses.
      return { event: { ...event, headers: withoutAddresses(event.headers) } };
    case 'body-received': {
      const { text, ...size } = cutText(event.body);
      return { event: { ...event, body: text }, ...size };
    }
    case 'response-sent': {
      const { text, ...size } = cutText(event.body);
      return { event: { ...event, body: text }, ...size };
    }
    case 'event-written': {
      const { text, ...size } = cutText(event.bytes);
      return { event: { ...event, bytes: text }, ...size };
    }
    default:
      return { event };
  }
}

function cutText(full: string): { text: string; bytes: number; cutFromBytes?: number } {
  const bytes = Buffer.byteLength(full);
  if (full.length <= shownTextLimit) return { text: full, bytes };
  return { text: full.slice(0, shownTextLimit).toWellFormed(), bytes, cutFromBytes: bytes };
}
