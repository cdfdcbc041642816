/**
 * Where sessions and event logs live. The transport asks; a backplane knows nothing of HTTP or of MCP methods.
 *
 * Every answer may be a promise. One that is there at once is used at once: see `settle`.
 */

import type { Awaitable, Implementation, LogLevel } from '../handler.ts';
import type { JsonObject, JsonValue } from '../json-rpc.ts';
import type { SessionEndReason, SessionMissingReason } from '../trace.ts';

export interface Backplane {
  readonly sessions: SessionStore;
  readonly logs: LogStore;
}

/** A session as any store could hold it: serialisable data only (rule S5). */
export interface SessionRecord {
  readonly id: string;
  readonly protocolVersion: string;
  readonly clientInfo: Implementation;
  readonly clientCapabilities: JsonObject;
  logLevel: LogLevel;
  /** URIs of the resources whose updates it wants. */
  subscriptions: string[];
  /** What handlers keep with the session. */
  data: { [key: string]: JsonValue };
}

export interface SessionLimits {
  maxSessions: number;
  /** `null`: sessions do not expire. */
  idleTimeoutMs: number | null;
}

export type CreateOutcome =
  /** `ended`: sessions that had to go, or had expired; their live objects have to be disposed of. */
  | { kind: 'created'; ended: readonly EndedSession[] }
  /** The id is in use, or was until lately (rule S6). */
  | { kind: 'taken' }
  | { kind: 'full'; ended: readonly EndedSession[] };

export interface EndedSession {
  id: string;
  reason: SessionEndReason;
}

export type Admission =
  | { kind: 'live'; record: SessionRecord }
  /** `expiredNow`: this very call found it expired, so its live objects have to be disposed of. */
  | { kind: 'missing'; reason: SessionMissingReason; expiredNow: boolean };

export interface SessionStore {
  /** Sets if absent, under the cap. At the cap, expired sessions and those never used go first (rule P11). */
  create(record: SessionRecord, limits: SessionLimits): Awaitable<CreateOutcome>;
  /** Reads, checks and touches in one step: the session is live, and lives on for its whole idle time. */
  admit(id: string): Awaitable<Admission>;
  /** Stores what a handler changed in the record. */
  update(record: SessionRecord): Awaitable<void>;
  /** While it is held (an open connection, a request in flight) a session does not expire (rule S1). */
  hold(id: string): void;
  release(id: string): void;
  /** `false`: there was no such session. From now on it is missing, with this reason. */
  end(id: string, reason: SessionEndReason): Awaitable<boolean>;
  /** Ends what has expired. */
  sweep(): Awaitable<readonly EndedSession[]>;
}

/** How much of a stream is kept for a client that comes back. */
export interface EventLogBounds {
  /** Events per stream. */
  maxEvents: number;
  /** Bytes per stream. */
  maxBytes: number;
  /** Bytes per session, over all its streams. */
  maxSessionBytes: number;
  /** Age of an event. */
  maxAgeMs: number;
}

export interface LogStore {
  /** The log of one stream; made when it is first asked for. */
  open(session: string, stream: string, bounds: EventLogBounds): StreamLog;
  /** The log of a stream that has one. */
  find(session: string, stream: string): Awaitable<StreamLog | undefined>;
  /** Forgets every log of a session. */
  drop(session: string): Awaitable<void>;
  /** Forgets what is too old to be kept. */
  sweep(): Awaitable<void>;
}

export interface LoggedEvent {
  /** 1, 2, 3 … within its stream. */
  readonly number: number;
  /** One JSON-RPC message, encoded. */
  readonly json: string;
}

export interface LogSlice {
  readonly events: readonly LoggedEvent[];
  /** Nothing follows, now or ever. */
  readonly ended: boolean;
  /** Events after the cursor were dropped before they were read. */
  readonly trimmed: boolean;
  /** The number of the newest event, 0 before the first. */
  readonly lastNumber: number;
}

/** One ordered sequence of events. Only the log numbers them (rule E6). */
export interface StreamLog {
  /** Appends and numbers. `last`: nothing follows. What follows the last event is refused with 0. */
  append(json: string, last: boolean): Awaitable<number>;
  /** At most `maxEvents` events after number `cursor`, oldest first. */
  readAfter(cursor: number, maxEvents: number): Awaitable<LogSlice>;
  /** Ends the stream without a last event. */
  end(): Awaitable<void>;
  /** Its end was written to a client: it is kept a little longer, for one that lost those last bytes (rule R4). */
  delivered(): void;
  /** Events after `cursor` are still being read: trimming spares them, up to `bytes`. `null`: nobody reads. */
  spareAfter(cursor: number | null, bytes: number): void;
}
