/**
 * One HTTP exchange, gathered from the events that tell of it: what was asked, who looked for which session, what was
 * answered, and when each piece passed the router's edge, which stands for the client's lifeline.
 */

import type { Actor, ProcessName, WireEvent } from '../../../playground-server/lab/wire.ts';
import type { JsonRpcMessage } from '../../../playground-server/transport/json-rpc.ts';
import type { HeaderList, SessionMissingReason } from '../../../playground-server/transport/trace.ts';
import { messageOf } from './event-message.ts';

/** What a request met at the end of its arrow. `unanswered`: a process that was dead, or died before it answered. */
export interface Mark {
  kind: 'born' | 'found' | 'missing' | 'ended' | 'unanswered';
  session: string;
  reason?: SessionMissingReason;
}

/**
 * What became of an exchange. `lost`: the session was not where the request was taken, or the process there died;
 * `refused`: answered with any other error of HTTP or of JSON-RPC; `open`: not known yet.
 */
export type Outcome = 'answered' | 'lost' | 'refused' | 'open';

/** One SSE event or comment, as a process wrote it. */
export interface WrittenFrame {
  /** Id of the wire event. */
  wireId: number;
  atMs: number;
  kind: 'message' | 'prime' | 'retry' | 'comment';
  eventId?: string;
  raw: string;
  message?: JsonRpcMessage;
  /** When its last byte passed the router's edge. Absent: it is on its way. */
  arrivedAtMs?: number;
}

export interface Chunk {
  wireId: number;
  atMs: number;
  text: string;
  bytes: number;
  truncated: boolean;
}

export interface Exchange {
  id: string;
  /** Id of the wire event that began it. */
  wireId: number;
  atMs: number;
  request?: { method: string; target: string; headers: HeaderList };
  body?: { text: string; bytes: number; truncated: boolean; message?: JsonRpcMessage };
  /** The client's connection, as the router calls it. */
  connection?: string;
  process?: ProcessName;
  /** The router's reason for that process. */
  why?: string;
  mark?: Mark;
  /** What the store said when the process looked for the session there, or wrote it: `found`. */
  looked?: string;
  /** The process that opened the session, as far as the log knows. */
  owner?: ProcessName;
  /** Masked id of the session it belongs to. */
  session?: string;
  stream?: string;
  response?: { wireId: number; atMs: number; status: number; headers: HeaderList };
  frames: WrittenFrame[];
  chunks: Chunk[];
  /** The transport's rule that refused the request. */
  refused?: { rule: string; message: string };
  failed?: string;
  end?: { wireId: number; atMs: number; by: 'server' | 'client' | 'fault' };
}

/** All exchanges that these events tell of, in order of their beginning. */
export function gatherExchanges(events: readonly WireEvent[]): Map<string, Exchange> {
  const exchanges = new Map<string, Exchange>();
  /** Which exchange's connection carries a stream now. */
  const carriers = new Map<string, string>();
  /** Which exchange asked for the end of a session: the end itself belongs to the session alone. */
  const endings = new Map<string, string>();
  /** Which process opened a session. */
  const owners = new Map<string, ProcessName>();

  for (const event of events) {
    // An event belongs to the exchange whose connection carried it, which need not be the one that caused it.
    const carried = event.body.type === 'event-written' ? carriers.get(carrierOf(event)) : undefined;
    const ending = event.body.type === 'session-ended' ? endings.get(event.session ?? '') : undefined;
    const id = carried ?? event.exchange ?? ending;
    if (id === undefined) continue;
    let exchange = exchanges.get(id);
    if (!exchange) {
      exchange = { id, wireId: event.id, atMs: event.atMs, frames: [], chunks: [] };
      exchanges.set(id, exchange);
    }
    if (event.body.type === 'stream-attached' && event.stream !== undefined) carriers.set(carrierOf(event), id);
    record(exchange, event);
    if (event.body.type === 'session-created' && event.session !== undefined && isProcess(event.actor)) {
      owners.set(event.session, event.actor);
    }
    if (exchange.request?.method === 'DELETE' && event.session !== undefined) endings.set(event.session, id);
  }
  for (const exchange of exchanges.values()) {
    noteArrivals(exchange);
    const owner = exchange.session === undefined ? undefined : owners.get(exchange.session);
    if (owner !== undefined) exchange.owner = owner;
  }
  return exchanges;
}

function carrierOf({ session, stream }: WireEvent): string {
  return `${session}/${stream}`;
}

function isProcess(actor: Actor): actor is ProcessName {
  return actor !== 'router' && actor !== 'supervisor';
}

function record(exchange: Exchange, event: WireEvent): void {
  const { body } = event;
  const message = messageOf(event);
  if (event.session !== undefined) exchange.session ??= event.session;
  if (event.connection !== undefined) exchange.connection ??= event.connection;
  switch (body.type) {
    case 'request-arrived':
      exchange.request = { method: body.method, target: body.target, headers: body.headers };
      return;
    case 'request-body':
      exchange.body = {
        text: body.body,
        bytes: body.bodyBytes,
        truncated: body.truncated ?? false,
        ...(message && { message }),
      };
      return;
    case 'process-chosen':
      exchange.process = body.process;
      exchange.why = body.why;
      return;
    case 'process-failed':
      exchange.failed = body.why;
      if (!exchange.response) exchange.mark = { kind: 'unanswered', session: exchange.session ?? '' };
      return;
    case 'store-called':
      if (/^sessions\.(admit|create)$/.test(body.operation)) exchange.looked = body.outcome;
      return;
    case 'session-created':
      if (event.session !== undefined) exchange.mark = { kind: 'born', session: event.session };
      return;
    case 'session-found':
      if (event.session !== undefined) exchange.mark = { kind: 'found', session: event.session };
      return;
    case 'session-missing':
      exchange.mark = { kind: 'missing', session: exchange.session ?? '', reason: body.reason };
      return;
    case 'session-ended':
      // Only the request that ended it: its streams' own exchanges end because of it, and say so themselves.
      if (event.session !== undefined && exchange.request?.method === 'DELETE') {
        exchange.mark = { kind: 'ended', session: event.session };
      }
      return;
    case 'stream-opened':
    case 'stream-attached':
      if (event.stream !== undefined) exchange.stream = event.stream;
      return;
    case 'request-refused':
      exchange.refused = { rule: body.rule, message: body.message };
      return;
    case 'event-written':
      exchange.frames.push({
        wireId: event.id,
        atMs: event.atMs,
        kind: body.kind,
        raw: body.bytes,
        ...(message && { message }),
        ...(body.eventId !== undefined && { eventId: body.eventId }),
      });
      return;
    case 'response-head':
      exchange.response = { wireId: event.id, atMs: event.atMs, status: body.status, headers: body.headers };
      return;
    case 'bytes-forwarded':
      exchange.chunks.push({
        wireId: event.id,
        atMs: event.atMs,
        text: body.text,
        bytes: body.bytes,
        truncated: body.truncated ?? false,
      });
      return;
    case 'response-end':
      exchange.end = { wireId: event.id, atMs: event.atMs, by: body.by };
      return;
    default:
      return;
  }
}

/** A frame has arrived with the first chunk that passed the edge after it was written: the log keeps that order. */
function noteArrivals({ frames, chunks }: Exchange): void {
  let next = 0;
  for (const frame of frames) {
    while ((chunks[next]?.wireId ?? Number.POSITIVE_INFINITY) < frame.wireId) next += 1;
    const chunk = chunks[next];
    if (!chunk) return;
    frame.arrivedAtMs = chunk.atMs;
  }
}

/** The value of a header in a list, by its lower-case name. */
export function headerOf(headers: HeaderList | undefined, name: string): string | undefined {
  return headers?.find(([known]) => known.toLowerCase() === name)?.[1];
}

/** Whether the request is of the modern era: it names that version, and no session. */
export function isModern({ request }: Exchange): boolean {
  const version = headerOf(request?.headers, 'mcp-protocol-version') ?? '';
  return version >= '2026' && headerOf(request?.headers, 'mcp-session-id') === undefined;
}

/** Whether its stream answers nothing, and stays open for what happens: a GET, or `subscriptions/listen`. */
export function isListening({ request, body }: Exchange): boolean {
  if (request?.method === 'GET') return true;
  const message = body?.message;
  return message !== undefined && 'method' in message && message.method === 'subscriptions/listen';
}

export function isEventStream(exchange: Exchange): boolean {
  if (exchange.frames.length > 0) return true;
  return /^text\/event-stream\b/i.test(headerOf(exchange.response?.headers, 'content-type') ?? '');
}
