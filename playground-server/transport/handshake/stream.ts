import { attempt, settle } from '../awaitable.ts';
import { askAgainMs, type LogSlice, StoreUnreachable, type StreamLog } from '../backplane/backplane.ts';
import type { Core } from '../core.ts';
import type { RequestId } from '../json-rpc.ts';
import type { Reply } from '../reply.ts';
import { encodeComment } from '../sse.ts';
import { errorText, type SessionEndReason, type TracePlace } from '../trace.ts';
import { primesStreams } from '../versions.ts';
import { type ConnectionOwner, StreamConnection } from './connection.ts';
import { type LogOwner, LogWriter } from './log-writer.ts';
import { type Outlet, refuseAbandoned } from './outlet.ts';

/** The stream of what belongs to no request. */
export const standaloneName = '0';
/** How many events one look into the log brings. */
const readAtOnce = 64;
/** More takeovers than this within this time: two clients are fighting for the stream (rule E3). */
const maxTakeovers = 3;
const takeoverWindowMs = 10_000;

/** Where a reader at `cursor` goes on: what was trimmed is gone, and it continues with what is kept. */
export function keptAfter({ events, trimmed, lastNumber }: LogSlice, cursor: number): number {
  return trimmed ? (events[0]?.number ?? lastNumber + 1) - 1 : cursor;
}

/** What a stream needs of its session. */
export interface StreamOwner {
  readonly core: Core;
  readonly protocolVersion: string;
  /** `undefined` in stateless mode. */
  readonly maskedId: string | undefined;
  /** No connection opens any more: the session has ended, or, without a reason, its instance. */
  readonly ended: { readonly reason?: SessionEndReason } | undefined;
  /** There is more on this stream than any connection here was given: another instance may serve it. */
  appended(stream: Stream): void;
  /** A connection here took the stream over (rule B8). */
  attached(stream: Stream, takeover: number): void;
  /** Its handler hangs up, and the connection is not here, but has a lower number than this. */
  hungUp(stream: Stream, takeover: number): void;
  /** A connection opened or closed: the session is in use, or one use less. */
  hold(): void;
  release(): void;
  /** The stream has ended and nobody reads it any more. */
  forget(stream: Stream): void;
}

/**
 * One ordered sequence of events: a log, and at most one connection that reads it.
 *
 * Everything is logged first and then written (rule E6). A connection pulls from the log as fast as its peer reads, so
 * that one that stalls costs no more than what the log holds anyway.
 */
export class Stream implements Outlet, LogOwner, ConnectionOwner {
  /** `0` is the standalone stream, `1`, `2` … those of requests. */
  readonly name: string;
  readonly #owner: StreamOwner;
  readonly log: StreamLog;
  #connection: StreamConnection | undefined;
  readonly #isRevived: boolean;
  #ended: boolean;
  #reading = false;
  /** The log changed while it was read: the answer may not know, so it is read once more. */
  #changedMeanwhile = false;
  /** When connections here were replaced; most never are. */
  #takeovers: number[] | undefined;
  /** The number of the latest takeover, of any instance, by a connection that is here. */
  #takeover = 0;
  /** The handler hung up while the log was read. */
  #hangsUp = false;
  readonly #writer: LogWriter;

  /** `revived`: nothing is appended here; a client reads what the log has, and what others append. */
  constructor(
    owner: StreamOwner,
    name: string,
    log: StreamLog,
    { request, revived = false }: { request?: { method: string; id: RequestId }; revived?: boolean } = {},
  ) {
    this.#owner = owner;
    this.name = name;
    this.log = log;
    this.#writer = new LogWriter(this);
    this.#isRevived = revived;
    this.#ended = revived;
    if (owner.core.trace && !revived) {
      const opened = request
        ? ({ type: 'stream-opened', request: { method: request.method, id: request.id } } as const)
        : ({ type: 'stream-opened' } as const);
      owner.core.trace(opened, this.#place);
    }
  }

  get isOpen(): boolean {
    return this.#connection !== undefined;
  }

  /** Its request runs on another instance, or did. */
  get isReadForAnother(): boolean {
    return this.isOpen && this.#isRevived;
  }

  get stream(): this {
    return this;
  }

  notify(json: string): void {
    this.append(json, false);
  }

  answer(json: string, settled: () => void): void {
    this.append(json, true, { settled });
  }

  withdraw(settled: () => void): void {
    this.end(settled);
  }

  /** The session closed it already. */
  abandon(): void {}

  /**
   * Closes the connection on purpose, for its client to come back (rule E8), once the store has what was said before.
   * What of it the connection was not given yet, the next one is. `false`: it could not resume.
   */
  hangUp(): boolean {
    if (!this.#isResumable || this.#ended) return false;
    this.#writer.whenSettled(() => {
      if (this.#connection) this.#hangUp(this.#connection);
      else this.#hangUpElsewhere();
    });
    return true;
  }

  /** The handler runs on another instance. What it emitted before is written first. */
  hangUpHere(takeover: number): void {
    if (takeover <= this.#takeover || !this.#connection) return;
    this.#hangsUp = true;
    this.pump();
    this.#hangUpRead();
  }

  /** How long the client should wait before it reconnects, should this instance go away (rule X1). */
  announceRetry(): void {
    this.#connection?.writeRetry(this.#owner.core.options.retryInterval);
  }

  /**
   * Appends a message. `last`: the stream ends with it.
   * @param more `broadcast` names a message that others append as well: it is there once (rule E5). `settled`: the store
   *   has it, or never will
   */
  append(json: string, last: boolean, more: { broadcast?: string; settled?: () => void } = {}): void {
    const { broadcast, settled } = more;
    if (last) this.#ended = true;
    this.#writer.append({ json, last, broadcast }, (number) => this.#stored(number, json, last), settled);
  }

  #stored(number: number, json: string, last: boolean): void {
    const connection = this.#connection;
    // A reader that has everything so far is given the event itself; one that lags finds it in the log.
    if (connection?.writable && connection.cursor === number - 1 && !this.#reading) {
      connection.writeEvent(number, json);
      this.#spare();
      if (last) this.#delivered();
    } else if (connection) this.pump();
    else {
      if (number !== 0) this.#owner.appended(this);
      if (last) this.#owner.forget(this);
    }
  }

  /** Ends the stream without a last message, as a cancelled request does (rule P15). */
  end(settled: () => void): void {
    this.#ended = true;
    this.#writer.end(() => {
      if (this.#connection) return this.pump();
      this.#owner.appended(this);
      this.#owner.forget(this);
    }, settled);
  }

  /** Whether one more takeover is too many. Only asked while another connection is open. */
  isContested(): boolean {
    if (!this.#connection) return false;
    const now = Date.now();
    this.#takeovers = this.#takeovers?.filter((at) => now - at < takeoverWindowMs);
    return this.#takeovers !== undefined && this.#takeovers.length >= maxTakeovers;
  }

  get #isResumable(): boolean {
    const { core, protocolVersion } = this.#owner;
    return core.options.eventLog !== null && primesStreams(protocolVersion);
  }

  /**
   * Answers `reply` with this stream's events after `cursor`. A connection that was open before closes (E3, R3). Nothing
   * is written before the store knows of the connection, and so of the stream: a client may resume what it has the
   * first byte of (rules E6, B6).
   * @param given `isNew`: nothing can be in the log yet. `comment`: what to say before the first event. `attached`: it has
   *   begun. `failed`: it could not, and `reply` has said so
   */
  attach(
    reply: Reply,
    cursor: number,
    {
      isNew = false,
      comment,
      attached,
      failed,
    }: { isNew?: boolean; comment?: string | undefined; attached?: () => void; failed?: () => void } = {},
  ): void {
    attempt(
      () => this.log.takeOver(),
      (takeover) => {
        // While the store was asked.
        if (this.#owner.ended) {
          refuseAbandoned(reply, this.#owner.ended.reason);
          return failed?.();
        }
        this.#connect(reply, cursor, comment);
        this.#takeover = takeover;
        // The first one takes the stream over from nobody.
        if (takeover > 1) this.#owner.attached(this, takeover);
        this.#spare();
        // A new one has nothing in its log, unless its request was cancelled meanwhile.
        if (!isNew || this.#ended) this.pump();
        attached?.();
        this.#connection?.goOn();
      },
      (error) => {
        reply.fault(error);
        failed?.();
      },
    );
  }

  #connect(reply: Reply, cursor: number, comment: string | undefined): void {
    const { core } = this.#owner;
    const replaced = this.#connection;
    if (replaced) {
      this.#takeovers = [...(this.#takeovers ?? []), Date.now()];
      core.trace?.({ type: 'stream-replaced' }, this.#place);
      // Not its connection any more: a stream that has ended is not forgotten between the two.
      this.#connection = undefined;
      replaced.close();
    }
    const retryMs = this.#isResumable ? core.options.retryInterval : undefined;
    this.#owner.hold();
    const connection = new StreamConnection(core, reply, this, cursor, retryMs);
    if (comment !== undefined) connection.writeComment(encodeComment(comment));
    this.#connection = connection;
  }

  /** Another instance has a connection now; it was opened after this one if its number is higher. */
  yieldTo(takeover: number): void {
    if (takeover <= this.#takeover) return;
    if (this.#connection) {
      this.#owner.core.trace?.({ type: 'stream-replaced' }, this.#place);
      this.#connection.close();
    }
    // What was written here since the other one read: it was told of none of that.
    this.#owner.appended(this);
  }

  /** Answers `reply` from the first event on that is kept and that no connection was given yet (rules E3, E7). */
  attachToUnread(reply: Reply): void {
    settle(
      this.log.unread(),
      (cursor) => this.attach(reply, cursor),
      (error) => reply.fault(error),
    );
  }

  /** Closes the connection, if there is one. */
  close(): void {
    this.#connection?.close();
  }

  /** Writes what the log holds beyond the connection's cursor, as far as the peer takes it. */
  pump(): void {
    const connection = this.#connection;
    if (!connection?.writable) return;
    if (this.#reading) {
      this.#changedMeanwhile = true;
      return;
    }
    this.#reading = true;
    this.#changedMeanwhile = false;
    attempt(
      () => this.log.readAfter(connection.cursor, readAtOnce),
      (slice) => {
        this.#reading = false;
        const again = this.#changedMeanwhile || connection !== this.#connection;
        if (connection === this.#connection) this.#write(connection, slice);
        if (again) this.pump();
        else this.#hangUpRead();
      },
      (error) => {
        if (!(error instanceof StoreUnreachable)) return this.logFailed(error);
        // The connection is held until the store answers again (rule B6).
        this.#reading = false;
        setTimeout(() => this.pump(), askAgainMs);
      },
    );
  }

  /** As a takeover by nobody: it means the connection that there is, and not the one with which the client comes back. */
  #hangUpElsewhere(): void {
    attempt(
      () => this.log.takeOver(),
      (takeover) => this.#owner.hungUp(this, takeover),
      (error) => this.logFailed(error),
    );
  }

  #hangUpRead(): void {
    if (this.#reading) return;
    if (this.#hangsUp && this.#connection) this.#hangUp(this.#connection);
    this.#hangsUp = false;
  }

  #hangUp(connection: StreamConnection): void {
    connection.writeRetry(this.#owner.core.options.retryInterval);
    connection.close();
  }

  #write(connection: StreamConnection, { events, ended, trimmed, lastNumber }: LogSlice): void {
    // The reader was too slow: what it needs next is gone. It can come back and take what is left (rule E9).
    if (trimmed) return connection.close();
    for (const event of events) {
      if (!connection.writable) break;
      connection.writeEvent(event.number, event.json);
    }
    this.#spare();
    if (ended && connection.cursor >= lastNumber) this.#delivered();
    else if (events.length > 0 && connection.writable) this.pump();
  }

  /** The last event was handed to the connection. */
  #delivered(): void {
    this.#connection?.close(() => this.log.delivered());
  }

  /** That connection is over, whoever ended it. */
  detached(connection: StreamConnection): void {
    this.#owner.release();
    if (this.#connection !== connection) return;
    this.#connection = undefined;
    this.#spare();
    // What the store has not taken yet, a client that comes back meanwhile is given here.
    if (this.#ended) this.#writer.whenSettled(() => this.#connection ?? this.#owner.forget(this));
  }

  #spare(): void {
    this.log.spareAfter(this.#connection?.cursor ?? null, this.#owner.core.options.maxBufferedBytes);
  }

  get maxWaiting(): number {
    return this.#owner.core.options.maxBufferedBytes;
  }

  logFailed(error: unknown): void {
    this.#reading = false;
    this.#owner.core.trace?.({ type: 'handler-failed', method: 'event log', error: errorText(error) }, this.#place);
    this.#connection?.close();
  }

  get #place(): TracePlace {
    const { maskedId } = this.#owner;
    return maskedId === undefined ? { stream: this.name } : { session: maskedId, stream: this.name };
  }
}
