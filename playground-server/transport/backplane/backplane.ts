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

/** How soon whoever has to go on asks again. */
export const askAgainMs = 200;

/** A session as any store could hold it: serialisable data only (rule S5). */
export interface SessionRecord {
  readonly id: string;
  readonly protocolVersion: string;
  readonly clientInfo: Implementation;
  readonly clientCapabilities: JsonObject;
  /** Who opened it, and from which page: `null` where that is not known (rule P9). */
  readonly principal: string | null;
  readonly origin: string | null;
  /** Milliseconds since 1970, by the clock of the instance that opened it. */
  readonly openedAt: number;
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

/** A request that is being answered in a session. */
export interface Run {
  readonly request: RequestId;
  /** Who answers it. */
  readonly instance: string;
  /** Tells it from the other runs of that instance. */
  readonly number: number;
}

export interface RunLimits {
  /** Runs at a time in one session. */
  maxInFlight: number;
  /** No two at a time have the same id. */
  uniqueIds: boolean;
}

/** `instances`: whose runs stand in the way. What one of them left behind when it died is removed with `finish`. */
export type BeginOutcome =
  | { kind: 'begun' }
  | { kind: 'duplicate'; request: RequestId; instances: readonly string[] }
  | { kind: 'full'; instances: readonly string[] };

export interface SessionStore {
  /** Sets if absent, under the cap. At the cap, expired sessions and those never used go first (rule P11). */
  create(record: SessionRecord, limits: SessionLimits): Awaitable<CreateOutcome>;
  /**
   * Reads, checks and touches in one step: the session is live, and lives on for its whole idle time. Why a session is
   * missing is told to the principal that had it, and to nobody else.
   */
  admit(id: string, asker: Asker): Awaitable<Admission>;
  /** Counts requests as running, on whichever instance: all of them, or none (rules P13, P17, B7). */
  begin(id: string, runs: readonly Run[], limits: RunLimits): Awaitable<BeginOutcome>;
  /**
   * They run no more. Asked before their answers are appended, so that a client that has one may send the next request
   * to any instance.
   * @param numbers absent: all runs of that instance in this session
   */
  finish(id: string, instance: string, numbers?: readonly number[]): Awaitable<void>;
  /**
   * Keeps a client's response to a question of another instance, which reads it when it hears of it, or looks for it:
   * a message between them may be lost (rule C1). Kept are the first one to each question, the last 64 of a session, for
   * a minute.
   * @param json the response, encoded
   */
  keepAnswer(id: string, question: string, json: string): Awaitable<void>;
  /** `null`: there is none (any more). It stays until it is dropped: whoever reads it may never hear what it read. */
  readAnswer(id: string, question: string): Awaitable<string | null>;
  /** Whoever asked has it. */
  dropAnswer(id: string, question: string): Awaitable<void>;
  /** Changes the stored record. See `applyChange`. */
  update(id: string, change: SessionChange): Awaitable<void>;
  /** While it is held (an open connection, a request in flight) a session does not expire (rule S1). */
  hold(id: string): void;
  /** One holder less. After the last, the session lives on for its whole idle time. */
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
  /** The ids whose answers it will hold, where it is that of a batch. */
  readonly batch?: readonly RequestId[];
  /** The instance that runs what the stream is for. Absent: it belongs to no one instance. */
  readonly instance?: string;
}

/** A stream that waits for answers, and the instance that owes them. */
export interface UnfinishedStream {
  readonly session: string;
  readonly stream: string;
  readonly instance: string;
  /** One, or all of a batch: some of those may be answered. */
  readonly requests: readonly RequestId[];
}

export interface LogStore {
  /** The log of one stream; made when it is first asked for. */
  open(session: string, stream: string, bounds: EventLogBounds, purpose?: StreamPurpose): StreamLog;
  /** The log of a stream for a client that comes back, or what became of it (rule R2). */
  find(session: string, stream: string): Awaitable<FoundLog>;
  /** Other instances than this one that may owe an answer (rule B5). */
  owing(instance: string): Awaitable<readonly string[]>;
  /** The streams of that instance that still wait for their answer. */
  unfinished(instance: string): Awaitable<readonly UnfinishedStream[]>;
  /**
   * Appends these messages to a stream that another instance left unfinished, and ends it. Nothing happens where it has
   * ended.
   */
  finish(unfinished: UnfinishedStream, messages: readonly string[]): Awaitable<void>;
  /** Forgets every log of a session. */
  drop(session: string): Awaitable<void>;
  /** Forgets what is too old to be kept, of what this instance delivered at least: all of them sweep. */
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

export interface NewEvent {
  /** One JSON-RPC message, encoded. */
  readonly json: string;
  /** Nothing follows. */
  readonly last: boolean;
  /** Names a message that every instance appends (rule E5). */
  readonly broadcast?: string | undefined;
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
  /**
   * Appends and numbers. What follows the last event is refused with 0, and so are all but the first of a broadcast.
   *
   * A store that fails may have appended it all the same. Whoever appends then tries once more, with the same object
   * and before anything else: it is there once, and the answer is -1 where it was already. Several may be under way:
   * when one fails, so do those behind it.
   */
  append(event: NewEvent): Awaitable<number>;
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
  /** Lets go. Nothing happens where it is held with another fence, or no more. */
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
