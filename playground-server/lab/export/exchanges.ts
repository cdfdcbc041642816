/** A wire log folded into its exchanges: what the exports are made of. Pure, browser-safe. */

import type { HeaderList, SessionMissingReason } from '../../transport/trace.ts';
import type { ProcessName, WireEvent } from '../wire.ts';

/** One HTTP request and its answer, as seen at the router's edge. */
export interface ExportedExchange {
  id: string;
  connection?: string;
  /** Masked. */
  session?: string;
  stream?: string;
  beganMs: number;
  method: string;
  target: string;
  client: string;
  requestHeaders: HeaderList;
  /** Absent when there was none. */
  requestBody?: { text: string; bytes: number; truncated: boolean };
  choice?: { process: ProcessName; why: string };
  /** What the process did about the session: opened it, or had no such one, for the reason given. */
  table?: { session: 'created' } | { session: 'missing'; reason: SessionMissingReason };
  /** What the process asked of the store that all share, while it took the request in: `sessions.admit found`. */
  asked: string[];
  /** The rule of the contract that refused the request. */
  rule?: string;
  response?: { atMs: number; status: number; headers: HeaderList };
  chunks: { atMs: number; text: string; bytes: number; truncated: boolean }[];
  /** Why no answer came, or none to its end. */
  failure?: string;
  end?: { atMs: number; by: 'server' | 'client' | 'fault' };
}

/** In the order in which they arrived. What the log no longer holds the beginning of is left out. */
export function exchangesOf(events: readonly WireEvent[]): ExportedExchange[] {
  const exchanges = new Map<string, ExportedExchange>();
  for (const event of events) {
    if (event.exchange === undefined) continue;
    if (event.body.type === 'request-arrived') {
      const { method, target, headers, client } = event.body;
      exchanges.set(event.exchange, {
        id: event.exchange,
        ...(event.connection !== undefined && { connection: event.connection }),
        beganMs: event.atMs,
        method,
        target,
        client,
        requestHeaders: headers,
        asked: [],
        chunks: [],
      });
    }
    const exchange = exchanges.get(event.exchange);
    if (exchange) add(exchange, event);
  }
  return [...exchanges.values()];
}

function add(exchange: ExportedExchange, { atMs, session, stream, body }: WireEvent): void {
  if (session !== undefined) exchange.session ??= session;
  if (stream !== undefined) exchange.stream ??= stream;
  switch (body.type) {
    case 'request-body':
      exchange.requestBody = { text: body.body, bytes: body.bodyBytes, truncated: body.truncated === true };
      break;
    case 'process-chosen':
      exchange.choice = { process: body.process, why: body.why };
      break;
    case 'store-called':
      exchange.asked.push(`${body.operation} ${body.outcome}`);
      break;
    case 'session-created':
      exchange.table = { session: 'created' };
      break;
    case 'session-missing':
      exchange.table = { session: 'missing', reason: body.reason };
      break;
    case 'request-refused':
      exchange.rule = body.rule;
      break;
    case 'response-head':
      exchange.response = { atMs, status: body.status, headers: body.headers };
      break;
    case 'bytes-forwarded':
      exchange.chunks.push({ atMs, text: body.text, bytes: body.bytes, truncated: body.truncated === true });
      break;
    case 'process-failed':
      exchange.failure = body.why;
      break;
    case 'response-end':
      exchange.end = { atMs, by: body.by };
      break;
  }
}

/** The value of a header, by its lower-case name. */
export function headerIn(headers: HeaderList, wanted: string): string | undefined {
  return headers.find(([name]) => name.toLowerCase() === wanted)?.[1];
}
