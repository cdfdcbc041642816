/**
 * The wire log of a lab: one vocabulary for everything a reader can watch (browser-safe, types and pure functions).
 *
 * A body is named where it happens - by the transport in a worker, by the router, by the supervisor - and no layer
 * translates it. The supervisor alone gives out ids and times, in order of arrival.
 */

import type { HeaderList, TraceEvent } from '../transport/trace.ts';
import type { Fault } from './faults.ts';

export const wireSchema = 1;

/** `p1` … `p4` are the worker processes. */
export type ProcessName = `p${number}`;
export type Actor = 'router' | 'supervisor' | ProcessName;

/**
 * How the router treats the client's connections. `fresh`: it chooses for each request, as if each came on a connection
 * of its own. `kept`: it chooses once for each connection, and all that follows on it goes to the same process.
 */
export type ConnectionMode = 'fresh' | 'kept';

/** What a reader can send to a process. SIGTERM asks it to stop in order; SIGKILL leaves it no say. */
export type KillSignal = 'SIGKILL' | 'SIGTERM';

/** Seen at the router's edge: what stands at the client's lifeline in a figure. */
export type RouterEvent =
  /** A request came in. `body` is cut at 16 kB, and `bodyBytes` is its full size. */
  | { type: 'request-arrived'; method: string; target: string; headers: HeaderList; client: string }
  | { type: 'request-body'; body: string; bodyBytes: number; truncated?: true }
  | { type: 'process-chosen'; process: ProcessName; why: string }
  | { type: 'response-head'; status: number; headers: HeaderList }
  /** Bytes went on to the client, exactly in this chunk. */
  | { type: 'bytes-forwarded'; text: string; bytes: number; truncated?: true }
  /** `fault`: an injected one broke it off. */
  | { type: 'response-end'; by: 'server' | 'client' | 'fault' }
  /** The process could not be reached, or died before it answered in full. */
  | { type: 'process-failed'; process: ProcessName; why: string };

/** A call of the backplane, by its part and its name there. */
export type StoreOperation =
  | 'sessions.create'
  | 'sessions.admit'
  | 'sessions.begin'
  | 'sessions.keepAnswer'
  | 'sessions.readAnswer'
  | 'sessions.update'
  | 'sessions.end'
  | 'logs.open'
  | 'logs.append'
  | 'logs.readAfter'
  | 'logs.takeOver'
  | 'logs.find'
  | 'logs.end'
  | 'logs.finish'
  | 'logs.drop'
  | 'claims.acquire'
  | 'claims.release'
  | 'messages.publish';

/** What passed between a process and the store that it shares with the others of its lab. */
export type StoreEvent =
  /** It is told once the store has answered. `outcome` is a few words: `found`, `number 7`, `unreachable`. */
  | { type: 'store-called'; operation: StoreOperation; outcome: string; durationMs: number; message?: string }
  /** What another process published is here. */
  | { type: 'message-delivered'; message: string };

export type SupervisorEvent =
  | {
      type: 'lab-began';
      schema: typeof wireSchema;
      deployment: string;
      /** How many of them: `p1` up to this number. */
      processes: number;
      connection: ConnectionMode;
      /** Where they keep what they share, if not in a file. */
      store?: 'redis';
    }
  /** From the next request on. What was chosen for kept connections is forgotten. */
  | { type: 'connection-mode-changed'; connection: ConnectionMode }
  | { type: 'process-started'; process: ProcessName; pid: number }
  /** Somebody who holds the lab's token asked for it; `process-exited` follows. */
  | { type: 'kill-requested'; process: ProcessName; pid: number; signal: KillSignal }
  /** Somebody asked this process to emit a notification: it goes to everyone it knows. */
  | { type: 'emit-requested'; process: ProcessName; method: string }
  /** Somebody injected a fault. Session ids in it are masked. */
  | { type: 'fault-injected'; fault: Fault }
  /** After the fault `store-down`: its time is over, or it was taken back. */
  | { type: 'store-restored' }
  | { type: 'process-exited'; process: ProcessName; pid: number; code: number | null; signal: string | null }
  /**
   * The process died before it could tell everything: what it did last may be missing from this log. `exchanges` are
   * those it had begun and whose end it took with it.
   */
  | { type: 'trace-cut'; process: ProcessName; pid: number; exchanges: string[] }
  /** The process had more to tell than its channel took: so many of its events are missing here. Its own actor. */
  | { type: 'trace-gap'; process: ProcessName; dropped: number }
  /** The lab goes soon unless someone uses it. */
  | { type: 'lab-idle'; endsAt: string }
  | { type: 'lab-ended'; reason: 'deleted' | 'idle' | 'age' | 'server-stopping' }
  /** Older events left the log before this reader had them. */
  | { type: 'log-gap'; firstKept: number };

export interface WireEvent {
  /** 1, 2, 3 … within its lab. */
  id: number;
  /** Milliseconds since the lab began. */
  atMs: number;
  actor: Actor;
  /** One HTTP request and its answer; minted by the router. */
  exchange?: string;
  /** The client's TCP connection to the router: `c1`, `c2` … or the name that the client gave in `Lab-Connection`. */
  connection?: string;
  /** Masked session id. */
  session?: string;
  stream?: string;
  /** The text in a worker's event was cut at 16 kB: its full size in bytes. */
  cutFromBytes?: number;
  body: TraceEvent | RouterEvent | StoreEvent | SupervisorEvent;
}
