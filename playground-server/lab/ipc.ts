/** What a supervisor and its worker processes say to each other: plain JSON over the channel that `fork` opens. */

import type { JsonObject } from '../transport/json-rpc.ts';
import type { TraceEvent, TracePlace } from '../transport/trace.ts';
import type { ProcessState } from './api.ts';
import type { ProcessName, StoreEvent } from './wire.ts';

/** Handed to a worker as its one argument. */
export interface WorkerSettings {
  name: ProcessName;
  /** Path of the Unix socket to listen on, in a folder that only this user can enter. */
  socket: string;
  /** Its share of what the lab may have. */
  maxSessions: number;
  maxRequestBytes: number;
  allowedHosts: readonly string[];
  allowedOrigins: readonly string[];
  /** It keeps no sessions. */
  stateless: boolean;
  /** The folder with what the processes of this lab share; `null`: nothing. */
  shared: string | null;
}

/** One event of the worker's transport, or of its dealings with the store. */
export interface WorkerTrace {
  /** On the machine's clock: see clock.ts. */
  timeMs: number;
  event: TraceEvent | StoreEvent;
  place: TracePlace;
  /** Full size of the event's text. */
  bytes?: number;
  /** The same, where the text was cut. */
  cutFromBytes?: number;
}

export type Inspection = Pick<ProcessState, 'heapBytes' | 'sessions' | 'streams' | 'inFlight' | 'listening'>;

export type ToWorker =
  | { type: 'ping' }
  | { type: 'inspect'; question: number }
  | { type: 'emit'; method: string; params?: JsonObject }
  /** The whole id: a worker that has no such session does nothing. */
  | { type: 'expire-session'; session: string }
  /** Whether the store that it shares can be reached, from now on. */
  | { type: 'store'; reachable: boolean }
  /** Close in order, then exit. Requests that are under way may take `graceMs` to finish. */
  | { type: 'stop'; graceMs: number };

export type FromWorker =
  | { type: 'listening' }
  | { type: 'pong' }
  /** `dropped`: so many events before these were not sent, because too many were waiting to be. */
  | { type: 'trace'; events: WorkerTrace[]; dropped?: number }
  /** It was sent SIGTERM, and goes on until it is told to stop: by then no request is sent to it any more. */
  | { type: 'wants-to-stop' }
  /** The last message of one that stops in order: it has told everything. */
  | { type: 'told-everything' }
  | { type: 'inspected'; question: number; inspection: Inspection };
