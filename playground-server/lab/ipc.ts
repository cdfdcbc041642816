/** What a supervisor and its worker processes say to each other: plain JSON over the channel that `fork` opens. */

import type { TraceEvent, TracePlace } from '../transport/trace.ts';
import type { ProcessState } from './api.ts';
import type { ProcessName } from './wire.ts';

/** Handed to a worker as its one argument. */
export interface WorkerSettings {
  name: ProcessName;
  /** Path of the Unix socket to listen on, in a folder that only this user can enter. */
  socket: string;
  maxSessions: number;
  maxRequestBytes: number;
  allowedHosts: readonly string[];
  allowedOrigins: readonly string[];
}

/** One event of the worker's transport. */
export interface WorkerTrace {
  /** On the machine's clock: see clock.ts. */
  timeMs: number;
  event: TraceEvent;
  place: TracePlace;
  /** Full size of the event's text. */
  bytes?: number;
  /** The same, where the text was cut. */
  cutFromBytes?: number;
}

export type Inspection = Pick<ProcessState, 'heapBytes' | 'sessions' | 'streams' | 'inFlight'>;

export type ToWorker =
  | { type: 'ping' }
  | { type: 'inspect'; question: number }
  /** Close in order, then exit. */
  | { type: 'stop' };

export type FromWorker =
  | { type: 'listening' }
  | { type: 'pong' }
  | { type: 'trace'; events: WorkerTrace[] }
  | { type: 'inspected'; question: number; inspection: Inspection };
