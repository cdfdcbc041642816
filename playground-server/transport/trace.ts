/**
 * What the transport reports of itself: one discriminated union, told to whoever listens (rule X2).
 *
 * A trace event is data only. Session ids and credentials are masked here, at the source (rule S6), so that no
 * listener has to remember to. Nothing is built when nobody listens: callers ask `if (trace)` first.
 */

import type { RequestId } from './json-rpc.ts';

/** Where an event happened. `session` is masked: see `maskSessionId`. */
export interface TracePlace {
  exchange?: string;
  session?: string;
  stream?: string;
}

export type HeaderList = readonly (readonly [name: string, value: string])[];

export type SessionEndReason = 'deleted' | 'expired' | 'evicted' | 'closed';
/** Why a session id was not found. `unknown`: never seen here, or too long ago. */
export type SessionMissingReason = SessionEndReason | 'unknown';

export type TraceEvent =
  /** The head of a request, before anything was checked. */
  | { type: 'request-received'; method: string; headers: HeaderList }
  /** Its body, as text, once it is complete. */
  | { type: 'body-received'; body: string }
  /** The transport refused the request. `rule` is its id in the contract (reference/contract). */
  | { type: 'request-refused'; rule: string; status: number; message: string }
  /** Answered in one piece. */
  | { type: 'response-sent'; status: number; headers: HeaderList; body: string }
  | { type: 'session-created'; protocolVersion: string; clientName: string }
  | { type: 'session-found' }
  | { type: 'session-missing'; reason: SessionMissingReason }
  | { type: 'session-ended'; reason: SessionEndReason }
  /** The client named a version other than the one it negotiated; the negotiated one governs (rule P8). */
  | { type: 'version-differs'; negotiated: string; header: string }
  /** A JSON-RPC message of the client reached its handler. */
  | { type: 'message-received'; kind: 'request' | 'notification' | 'response'; method?: string; id?: RequestId }
  /** `request` names the method and id of the request whose stream it is; the standalone stream has none. */
  | { type: 'stream-opened'; request?: { method: string; id: RequestId } }
  /** A connection began to read the stream after event `cursor`. */
  | { type: 'stream-attached'; cursor: number }
  /** A newer connection took the stream over (rule E3). */
  | { type: 'stream-replaced' }
  | { type: 'stream-ended' }
  /** Exactly these bytes were handed to the socket: one SSE event, or a comment. */
  | { type: 'event-written'; kind: 'message' | 'prime' | 'retry' | 'comment'; eventId?: string; bytes: string }
  /** The event-stream connection is over; the stream and the session may live on (rule E7). */
  | { type: 'connection-closed'; by: 'client' | 'server' }
  /** A message had nowhere to go. */
  | { type: 'message-dropped'; method: string; why: 'request-already-answered' | 'session-ended' | 'no-stream' }
  | { type: 'request-cancelled'; id: RequestId }
  /** A handler asked the client something, under this id (rule C1). */
  | { type: 'client-asked'; method: string; id: RequestId }
  /** The client's response to it arrived, and `waiting` says whether somebody still waited for it. */
  | { type: 'client-answered'; id: RequestId; waiting: boolean }
  /** The handler threw something that was not an error for the client. Its text never reaches the wire (rule G6). */
  | { type: 'handler-failed'; method: string; error: string };

export type Trace = (event: TraceEvent, place: TracePlace) => void;

/** A second listener, which comes and goes: an adapter's, on its platform's own channel. */
export interface TraceChannel {
  /** Whether anybody listens right now. */
  isActive: () => boolean;
  publish: Trace;
}

/** `3f2a…9c`: enough to tell sessions apart on a screen, too little to use one. Shorter ids show even less. */
export function maskSessionId(id: string): string {
  return id.length >= 16 ? `${id.slice(0, 4)}…${id.slice(-2)}` : `${id.slice(0, 1)}…`;
}

/** What was thrown, with its stack where it has one: for the trace alone. Never throws, whatever it is given. */
export function errorText(thrown: unknown): string {
  try {
    return thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
  } catch {
    return 'something that has no text';
  }
}

const secretHeaders = new Set(['authorization', 'cookie', 'set-cookie', 'proxy-authorization']);

/** The headers as they may be shown: credentials as `…`, the session id masked. */
export function maskHeaders(headers: Iterable<readonly [string, string]>): HeaderList {
  const shown: [string, string][] = [];
  for (const [name, value] of headers) {
    const lower = name.toLowerCase();
    if (secretHeaders.has(lower)) shown.push([name, '…']);
    else if (lower === 'mcp-session-id') shown.push([name, maskSessionId(value)]);
    else shown.push([name, value]);
  }
  return shown;
}
