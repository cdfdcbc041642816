import { attempt, settle } from '../awaitable.ts';
import type { Admission, Asker, EndedSession, SessionRecord } from '../backplane/backplane.ts';
import type { BusMessage } from '../bus.ts';
import type { Core } from '../core.ts';
import { encodeNotification } from '../encode.ts';
import { type LogLevel, logLevels } from '../handler.ts';
import type { JsonObject } from '../json-rpc.ts';
import { errorText, maskSessionId, type SessionEndReason, type SessionMissingReason } from '../trace.ts';
import { Elsewhere } from './elsewhere.ts';
import { RecentBroadcasts } from './recent-broadcasts.ts';
import { LiveSession } from './session.ts';

/** How often expired sessions are looked for: a third of the idle time, but no less and no more often than this. */
const sweepMs = { min: 20, max: 30_000 };
/** How often what waits for another instance looks whether it missed a message. */
const lookAgainMs = 5_000;
/** How long the store may take for what an instance that ends has to say last. */
const lastWordsMs = 1_000;

export type Found =
  | { kind: 'live'; session: LiveSession }
  | { kind: 'forbidden' }
  | { kind: 'missing'; reason: SessionMissingReason };
export type Created =
  | { kind: 'created'; session: LiveSession }
  | { kind: 'taken' }
  | { kind: 'full'; byPrincipal: boolean };

export type Broadcast = (method: string, params?: JsonObject) => void;

/** The sessions of one instance: joins the records of the backplane with the live objects of this process. */
export class Sessions {
  readonly #core: Core;
  readonly #broadcast: Broadcast;
  readonly #live = new Map<string, LiveSession>();
  readonly #recent: RecentBroadcasts | undefined;
  readonly #elsewhere: Elsewhere;
  /** While there are sessions. */
  #timers: ReturnType<typeof setInterval>[] = [];
  #left = false;

  /** @param broadcast to everyone, on every instance */
  constructor(core: Core, broadcast: Broadcast) {
    this.#core = core;
    this.#broadcast = broadcast;
    this.#elsewhere = new Elsewhere(core, (session, failed) => this.find(session.id, session.record, () => {}, failed));
    const { backplane, eventLog } = core.options;
    if (backplane.shared && eventLog) this.#recent = new RecentBroadcasts(core);
  }

  /** This instance serves its sessions no more; another one does. */
  get left(): boolean {
    return this.#left;
  }

  all(): Iterable<LiveSession> {
    return this.#live.values();
  }

  create(record: SessionRecord, done: (created: Created) => void, failed: (error: unknown) => void): void {
    const { maxSessions, maxSessionsPerPrincipal, sessionIdleTimeoutMs, backplane } = this.#core.options;
    const limits = { maxSessions, maxSessionsPerPrincipal, idleTimeoutMs: sessionIdleTimeoutMs };
    const outcome = backplane.sessions.create(record, limits);
    settle(
      outcome,
      (created) => {
        if (created.kind === 'taken') return done(created);
        this.#disposeAll(created.ended);
        done(created.kind === 'full' ? created : { kind: 'created', session: this.#adopt(record, true) });
      },
      failed,
    );
  }

  /** Finds a session and keeps it alive; an expired one ends here (rule S2). */
  find(id: string, asker: Asker, done: (found: Found) => void, failed: (error: unknown) => void): void {
    const admitted = (admission: Admission) => {
      if (admission.kind === 'live') {
        return done({ kind: 'live', session: this.#known(admission.record) });
      }
      if (admission.kind === 'forbidden') return done(admission);
      if (admission.expiredNow) this.#dispose(id, 'expired');
      // Whoever ended it may have died before it told anyone, or was not heard here.
      else this.#disposeHere(id, admission.reason === 'unknown' ? 'expired' : admission.reason);
      done({ kind: 'missing', reason: admission.reason });
    };
    settle(this.#core.options.backplane.sessions.admit(id, asker), admitted, failed);
  }

  end(id: string, reason: SessionEndReason, done: () => void, failed: (error: unknown) => void): void {
    settle(
      this.#core.options.backplane.sessions.end(id, reason),
      () => {
        this.#dispose(id, reason);
        done();
      },
      failed,
    );
  }

  /** Ends a session before its time. */
  async expire(id: string): Promise<boolean> {
    const ended = await this.#core.options.backplane.sessions.end(id, 'expired');
    if (ended) this.#dispose(id, 'expired');
    return ended;
  }

  /** This instance makes a broadcast: kept for sessions that no instance knows now (rule B8). */
  remember(method: string, params: JsonObject | undefined, id: string): void {
    this.#recent?.add({ id, method, ...(params && { params }), at: Date.now() });
  }

  /** Encodes the message once, for however many sessions (rule E5). */
  broadcast(method: string, params: JsonObject | undefined, id: string): void {
    let json: string | undefined;
    for (const session of this.#live.values()) {
      if (!concerns(session, method, params)) continue;
      json ??= encodeNotification(method, params);
      try {
        session.notifyEncoded(method, json, id);
      } catch (error) {
        // A stream that cannot be opened in the store. The others may have theirs.
        this.#core.trace?.({ type: 'handler-failed', method, error: errorText(error) }, { session: session.maskedId });
      }
    }
  }

  /** Another instance has something for a session that may live here as well. */
  heard(message: Exclude<BusMessage, { kind: 'broadcast' }>): void {
    const session = this.#live.get(message.session);
    if (!session) return;
    if (message.kind === 'ended') this.#disposeHere(session.id, message.reason);
    else this.#elsewhere.heard(session, message);
  }

  /** Messages of other instances may have been missed. */
  resynchronise(): void {
    for (const session of this.#live.values()) this.#elsewhere.resynchronise(session);
  }

  /** Tells every open stream how long to wait before coming back (rule X1). */
  announceClosing(): void {
    for (const session of this.#live.values()) {
      for (const stream of session.streams.values()) stream.announceRetry();
    }
  }

  async close(): Promise<void> {
    const { sessions, shared } = this.#core.options.backplane;
    if (shared) return this.#leave();
    for (const id of [...this.#live.keys()]) {
      try {
        await sessions.end(id, 'closed');
      } catch (error) {
        // A store that is gone keeps no process from ending (rule X1).
        this.#core.trace?.({ type: 'handler-failed', method: 'close', error: errorText(error) }, {});
      }
      this.#dispose(id, 'closed');
    }
  }

  /** The sessions go on elsewhere: what still runs here is answered with an error, and connections close (rule X1). */
  async #leave(): Promise<void> {
    this.#left = true;
    for (const session of this.#live.values()) session.interrupt();
    await this.#core.inFlight.idle(lastWordsMs);
    for (const session of this.#live.values()) session.leave();
    this.#live.clear();
    this.#stopTimers();
  }

  /** Another instance may have changed the record since it was read last. */
  #known(record: SessionRecord): LiveSession {
    const session = this.#live.get(record.id);
    if (!session) return this.#meet(record);
    session.record = record;
    return session;
  }

  /** A session that other instances served: whoever did may be gone, and with it what it was yet to hear. */
  #meet(record: SessionRecord): LiveSession {
    const session = this.#adopt(record, false);
    this.#recent?.since(record.openedAt, (broadcasts) => {
      for (const { id, method, params } of broadcasts) {
        if (concerns(session, method, params)) session.notifyEncoded(method, encodeNotification(method, params), id);
      }
    });
    return session;
  }

  #adopt(record: SessionRecord, openedHere: boolean): LiveSession {
    const session = new LiveSession(this.#core, record, this.#broadcast, openedHere);
    this.#live.set(record.id, session);
    if (this.#timers.length === 0) this.#startTimers();
    return session;
  }

  #startTimers(): void {
    const { backplane, sessionIdleTimeoutMs } = this.#core.options;
    const third = (sessionIdleTimeoutMs ?? Number.POSITIVE_INFINITY) / 3;
    const everyMs = Math.min(Math.max(third, sweepMs.min), sweepMs.max);
    this.#timers = [setInterval(() => this.#sweep(), everyMs)];
    if (backplane.shared) this.#timers.push(setInterval(() => this.#lookAgain(), lookAgainMs));
  }

  #lookAgain(): void {
    for (const session of this.#live.values()) this.#elsewhere.lookAgain(session);
  }

  #sweep(): void {
    const { sessions, logs } = this.#core.options.backplane;
    const failed = (error: unknown) => {
      this.#core.trace?.({ type: 'handler-failed', method: 'sweep', error: errorText(error) }, {});
    };
    attempt(
      () => sessions.sweep(),
      (ended) => this.#disposeAll(ended),
      failed,
    );
    attempt(
      () => logs.sweep(),
      () => {},
      failed,
    );
  }

  #disposeAll(ended: readonly EndedSession[]): void {
    for (const { id, reason } of ended) this.#dispose(id, reason);
  }

  #dispose(id: string, reason: SessionEndReason): void {
    // A session that no instance had in use has logs as well.
    if (!this.#live.has(id)) this.#dropLogs(id);
    this.#disposeHere(id, reason);
    this.#core.bus.tellOthers({ kind: 'ended', session: id, reason });
  }

  #disposeHere(id: string, reason: SessionEndReason): void {
    const session = this.#live.get(id);
    if (!session) return;
    this.#live.delete(id);
    session.dispose(reason);
    this.#core.trace?.({ type: 'session-ended', reason }, { session: maskSessionId(id) });
    this.#dropLogs(id);
    if (this.#live.size === 0) this.#stopTimers();
  }

  #dropLogs(id: string): void {
    try {
      settle(
        this.#core.options.backplane.logs.drop(id),
        () => {},
        () => {},
      );
    } catch {
      // They grow no more, and the next sweep of the store finds them.
    }
  }

  #stopTimers(): void {
    for (const timer of this.#timers) clearInterval(timer);
    this.#timers = [];
  }
}

function concerns(session: LiveSession, method: string, params: JsonObject | undefined): boolean {
  if (method === 'notifications/resources/updated') return session.record.subscriptions.includes(String(params?.uri));
  if (method !== 'notifications/message') return true;
  return logLevels.indexOf(params?.level as LogLevel) >= logLevels.indexOf(session.record.logLevel);
}
