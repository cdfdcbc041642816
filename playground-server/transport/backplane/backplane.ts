/**
 * Where sessions and event logs live. The transport asks; a backplane knows nothing of HTTP or of MCP methods.
 *
 * Every answer may be a promise. One that is there at once is used at once: see `settle`.
 */

import type { Awaitable, Implementation, LogLevel } from '../handler.ts';
import type { JsonObject, JsonValue, RequestId } from '../json-rpc.ts';
import type { SessionEndReason, SessionMissingReason } from '../trace.ts';

export interface Backplane {
  /**
   * Other processes use the same store: sessions outlive the instance that serves them, and instances look after one
   * another (rules B5, X1). `false`: all of it ends with this process.
   */
  readonly shared: boolean;
  readonly sessions: SessionStore;
  readonly logs: LogStore;
  readonly claims: ClaimStore;
  readonly messages: MessageBus;
}

/**
 * The store could not do what it was asked: it cannot be reached, is locked, or full. Whoever asked may try again in a
 * moment (rule B6). A store throws nothing else for a fault of its own.
 */
export class StoreUnreachable extends Error {
  override readonly name = 'StoreUnreachable';
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

/** What a handler or a client changes in a session. Small, so that two instances may change the same one at a time. */
export type SessionChange =
  | { kind: 'level'; level: LogLevel }
  | { kind: 'subscribe' | 'unsubscribe'; uri: string }
  | { kind: 'set'; key: string; value: JsonValue };

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
  /** Changes the stored record. See `applyChange`. */
  update(id: string, change: SessionChange): Awaitable<void>;
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

/** What a stream is for, and who writes it. */
export interface StreamPurpose {
  /** The id whose answer it will end with. Absent: the standalone stream, or that of a batch. */
  readonly request?: RequestId;
  /** The instance that runs what the stream is for. Absent: it belongs to no one instance. */
  readonly instance?: string;
}

/** A stream that waits for an answer, and the instance that owes it. */
export interface UnfinishedStream {
  readonly session: string;
  readonly stream: string;
  readonly instance: string;
  readonly request: RequestId;
}

export interface LogStore {
  /** The log of one stream; made when it is first asked for. */
  open(session: string, stream: string, bounds: EventLogBounds, purpose?: StreamPurpose): StreamLog;
  find(session: string, stream: string): Awaitable<FoundLog>;
  /** The streams of other instances than this one that still wait for their answer (rule B5). */
  unfinished(instance: string): Awaitable<readonly UnfinishedStream[]>;
  /** Appends the last event to a stream that another instance left unfinished. Nothing happens where it has ended. */
  finish(session: string, stream: string, json: string): Awaitable<void>;
  /** Forgets every log of a session. */
  drop(session: string): Awaitable<void>;
  /** Forgets what is too old to be kept. */
  sweep(): Awaitable<void>;
}

export type FoundLog =
  | { kind: 'kept'; log: StreamLog }
  /** It was dropped to make room before its end was delivered. `request` still waits for its answer (rule R2). */
  | { kind: 'dropped'; request: RequestId; lastNumber: number }
  /** Its end was delivered, and it is kept no more. Only a store that outlives its instances has to remember that. */
  | { kind: 'finished' }
  /** It was never there, or this store does not know any more. */
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
  /**
   * Appends and numbers. `last`: nothing follows. What follows the last event is refused with 0.
   * @param broadcast names a message that every instance appends: all but the first are refused with 0 (rule E5)
   */
  append(json: string, last: boolean, broadcast?: string): Awaitable<number>;
  /** At most `maxEvents` events after number `cursor`, oldest first. */
  readAfter(cursor: number, maxEvents: number): Awaitable<LogSlice>;
  /** The number after which a new reader goes on: what no connection was given yet, as far as it is kept (rule E3). */
  unread(): Awaitable<number>;
  /** A connection takes the stream over from any other, on any instance: each such number is higher (rules R3, B8). */
  takeOver(): Awaitable<number>;
  /** Ends the stream without a last event. */
  end(): Awaitable<void>;
  /** Its end was written to a client: it is kept a little longer, for one that lost those last bytes (rule R4). */
  delivered(): void;
  /** A connection was given all up to `cursor`; trimming spares what follows, up to `bytes`. `null`: nobody reads. */
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
