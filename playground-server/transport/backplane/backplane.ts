/**
 * Where sessions and event logs live. The transport asks; a backplane knows nothing of HTTP or of MCP methods.
 *
 * Every answer may be a promise. One that is there at once is used at once: see `settle`.
 */

import type { Awaitable, Implementation, LogLevel } from '../handler.ts';
import type { JsonObject, JsonValue, RequestId } from '../json-rpc.ts';
import type { SessionEndReason, SessionMissingReason } from '../trace.ts';

export interface Backplane {
  readonly sessions: SessionStore;
  readonly logs: LogStore;
  readonly claims: ClaimStore;
  readonly messages: MessageBus;
}

/** A session as any store could hold it: serialisable data only (rule S5). */
export interface SessionRecord {
  readonly id: string;
  readonly protocolVersion: string;
  readonly clientInfo: Implementation;
  readonly clientCapabilities: JsonObject;
  /** Who opened it, and from which page: `null` where that is not known (rule P9). */
  readonly principal: string | null;
  readonly origin: string | null;
  logLevel: LogLevel;
  /** URIs of the resources whose updates it wants. */
  subscriptions: string[];
  /** What handlers keep with the session. */
  data: { [key: string]: JsonValue };
}

export interface SessionLimits {
  maxSessions: number;
  /** `null`: no bound of its own. */
  maxSessionsPerPrincipal: number | null;
  /** `null`: sessions do not expire. */
  idleTimeoutMs: number | null;
}

export type CreateOutcome =
  /** `ended`: sessions that had to go, or had expired; their live objects have to be disposed of. */
  | { kind: 'created'; ended: readonly EndedSession[] }
  /** The id is in use, or was until lately (rule S6). */
  | { kind: 'taken' }
  /** `byPrincipal`: not the server is full, but what this principal may have. */
  | { kind: 'full'; byPrincipal: boolean; ended: readonly EndedSession[] };

export interface EndedSession {
  id: string;
  reason: SessionEndReason;
}

/** Who asks for a session. */
export interface Asker {
  principal: string | null;
  origin: string | null;
}

export type Admission =
  | { kind: 'live'; record: SessionRecord }
  /** It is live, and belongs to another principal or another origin (rule P9). It was not touched. */
  | { kind: 'forbidden' }
  /** `expiredNow`: this very call found it expired, so its live objects have to be disposed of. */
  | { kind: 'missing'; reason: SessionMissingReason; expiredNow: boolean };

export interface SessionStore {
  /** Sets if absent, under the cap. At the cap, expired sessions and those never used go first (rule P11). */
  create(record: SessionRecord, limits: SessionLimits): Awaitable<CreateOutcome>;
  /**
   * Reads, checks and touches in one step: the session is live, and lives on for its whole idle time. Why a session is
   * missing is told to the principal that had it, and to nobody else.
   */
  admit(id: string, asker: Asker): Awaitable<Admission>;
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
  /** The log of one stream; made when it is first asked for. `request`: the id whose answer it will end with. */
  open(session: string, stream: string, bounds: EventLogBounds, request?: RequestId): StreamLog;
  find(session: string, stream: string): Awaitable<FoundLog>;
  /** Forgets every log of a session. */
  drop(session: string): Awaitable<void>;
  /** Forgets what is too old to be kept. */
  sweep(): Awaitable<void>;
}

export type FoundLog =
  | { kind: 'kept'; log: StreamLog }
  /** It was dropped to make room before its end was delivered. `request` still waits for its answer (rule R2). */
  | { kind: 'dropped'; request: RequestId; lastNumber: number }
  /** It was never there, or its end was delivered and it is kept no more. */
  | { kind: 'missing' };

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

/**
 * Exclusive, expiring rights. A fence number grows with every acquisition, so that a former owner that was paused can
 * be told from the present one.
 */
export interface ClaimStore {
  /** The fence, or `null` while another holds the claim. */
  acquire(name: string, ttlMs: number): Awaitable<number | null>;
  /** `false`: it is held no more. */
  renew(name: string, fence: number, ttlMs: number): Awaitable<boolean>;
  release(name: string, fence: number): Awaitable<void>;
}

/**
 * Messages between the instances that share a backplane. One may be lost when a connection to the store breaks: it is
 * never the only copy of anything, and `interrupted` says that some may be missing.
 */
export interface MessageBus {
  /** Hands the message to every subscriber of the topic, here and on other instances, once. */
  publish(topic: string, message: JsonObject): Awaitable<void>;
  /** @returns ends the subscription */
  subscribe(topic: string, listener: (message: JsonObject) => void, interrupted: () => void): () => void;
}
