/**
 * Every call of a backplane in one place: what it is called, whose session and stream it is about, and in a few words
 * what came of it. Whoever wants to watch a store, or to stand in its way, wraps it with this.
 */

import type {
  Backplane,
  ClaimStore,
  LogStore,
  MessageBus,
  SessionStore,
  StreamLog,
} from '../transport/backplane/backplane.ts';
import { allSessions } from '../transport/backplane/log-rules.ts';
import type { BusMessage } from '../transport/bus.ts';
import type { Awaitable } from '../transport/handler.ts';
import type { JsonObject } from '../transport/json-rpc.ts';
import type { StoreOperation } from './wire.ts';

/** What a call is about, as far as it is about one of them. */
export interface StoreSubject {
  /** The whole id. */
  session?: string;
  stream?: string;
  /** The kind of a message between processes. */
  message?: string;
}

export interface ToldCall<T> extends StoreSubject {
  operation: StoreOperation;
  /** What came of it; `undefined` where that is worth no word. */
  outcome: (answer: T) => string | undefined;
}

export interface StoreWatcher {
  /**
   * Makes the call, or throws in its place.
   * @param told absent for heartbeats and rounds of cleaning, which are about no request
   */
  call<T>(ask: () => Awaitable<T>, told?: ToldCall<T>): Awaitable<T>;
  /** Another process published this, and it is here. */
  delivered(subject: StoreSubject): void;
  /** Whoever listens to messages is to be told when some may be missing. @returns takes it back */
  onInterruption(interrupted: () => void): () => void;
}

/** The same store. What it is only advised of (a session that is held, events to spare) passes unseen. */
export function watchedStore(
  { shared, sessions, logs, claims, messages }: Backplane,
  watcher: StoreWatcher,
): Backplane {
  return {
    shared,
    sessions: watchedSessions(sessions, watcher),
    logs: watchedLogs(logs, watcher),
    claims: watchedClaims(claims, watcher),
    messages: watchedMessages(messages, watcher),
  };
}

function watchedSessions(sessions: SessionStore, watcher: StoreWatcher): SessionStore {
  return {
    create: (record, limits) =>
      watcher.call(() => sessions.create(record, limits), {
        operation: 'sessions.create',
        session: record.id,
        outcome: ({ kind }) => kind,
      }),
    admit: (session, asker) =>
      watcher.call(() => sessions.admit(session, asker), {
        operation: 'sessions.admit',
        session,
        outcome: ({ kind }) => (kind === 'live' ? 'found' : kind),
      }),
    // A request that is let in, and one that is over, are no news; one that is refused is.
    begin: (session, runs, limits) =>
      watcher.call(() => sessions.begin(session, runs, limits), {
        operation: 'sessions.begin',
        session,
        outcome: ({ kind }) => (kind === 'begun' ? undefined : kind),
      }),
    finish: (session, instance, numbers) => watcher.call(() => sessions.finish(session, instance, numbers)),
    keepAnswer: (session, question, json) =>
      watcher.call(() => sessions.keepAnswer(session, question, json), {
        operation: 'sessions.keepAnswer',
        session,
        outcome: () => 'kept',
      }),
    readAnswer: (session, question) =>
      watcher.call(() => sessions.readAnswer(session, question), {
        operation: 'sessions.readAnswer',
        session,
        outcome: (json) => (json === null ? undefined : 'found'),
      }),
    dropAnswer: (session, question) => watcher.call(() => sessions.dropAnswer(session, question)),
    update: (session, change) =>
      watcher.call(() => sessions.update(session, change), {
        operation: 'sessions.update',
        session,
        outcome: () => 'changed',
      }),
    end: (session, reason) =>
      watcher.call(() => sessions.end(session, reason), {
        operation: 'sessions.end',
        session,
        outcome: (ended) => (ended ? 'ended' : 'missing'),
      }),
    sweep: () => watcher.call(() => sessions.sweep()),
    hold: (session) => sessions.hold(session),
    release: (session) => sessions.release(session),
  };
}

function watchedLogs(logs: LogStore, watcher: StoreWatcher): LogStore {
  return {
    open: (session, stream, bounds, purpose) => {
      const about = { session, stream };
      const by = session === allSessions ? quiet(watcher) : watcher;
      const log = by.call(() => logs.open(session, stream, bounds, purpose), {
        operation: 'logs.open',
        ...about,
        outcome: () => 'opened',
      });
      // It answers at once, as the store itself has to.
      return watchedLog(log as StreamLog, about, by);
    },
    find: (session, stream) => {
      const about = { session, stream };
      return watcher.call(
        () =>
          then(logs.find(session, stream), (found) =>
            found.kind === 'kept' ? { ...found, log: watchedLog(found.log, about, watcher) } : found,
          ),
        { operation: 'logs.find', ...about, outcome: ({ kind }) => kind },
      );
    },
    owing: (instance) => watcher.call(() => logs.owing(instance)),
    unfinished: (instance) => watcher.call(() => logs.unfinished(instance)),
    finish: (unfinished, messages) =>
      watcher.call(() => logs.finish(unfinished, messages), {
        operation: 'logs.finish',
        session: unfinished.session,
        stream: unfinished.stream,
        outcome: () => 'ended',
      }),
    drop: (session) =>
      watcher.call(() => logs.drop(session), { operation: 'logs.drop', session, outcome: () => 'dropped' }),
    sweep: () => watcher.call(() => logs.sweep()),
  };
}

/** What is kept for sessions to come is about none that a reader has: it is broken like the rest, and not told. */
function quiet(watcher: StoreWatcher): StoreWatcher {
  return {
    call: (ask) => watcher.call(ask),
    delivered: (subject) => watcher.delivered(subject),
    onInterruption: (interrupted) => watcher.onInterruption(interrupted),
  };
}

function watchedLog(log: StreamLog, about: StoreSubject, watcher: StoreWatcher): StreamLog {
  return {
    append: (event) =>
      watcher.call(() => log.append(event), {
        operation: 'logs.append',
        ...about,
        outcome: (number) => (number === 0 ? 'refused' : `number ${number}${event.last ? ', the last' : ''}`),
      }),
    // There is a look for each connection and for each wake-up: one that finds nothing is no news.
    readAfter: (cursor, maxEvents) =>
      watcher.call(() => log.readAfter(cursor, maxEvents), {
        operation: 'logs.readAfter',
        ...about,
        outcome: ({ events: { length } }) =>
          length === 0 ? undefined : `${length} ${length === 1 ? 'event' : 'events'}`,
      }),
    unread: () => watcher.call(() => log.unread()),
    // The first connection of a stream takes it over from nobody.
    takeOver: () =>
      watcher.call(() => log.takeOver(), {
        operation: 'logs.takeOver',
        ...about,
        outcome: (number) => (number > 1 ? `connection ${number}` : undefined),
      }),
    end: () => watcher.call(() => log.end(), { operation: 'logs.end', ...about, outcome: () => 'ended' }),
    delivered: () => log.delivered(),
    spareAfter: (cursor, bytes) => log.spareAfter(cursor, bytes),
  };
}

/** The claim of an instance to be alive: see instances.ts. */
const isLife = (claim: string): boolean => claim.startsWith('instance:');

function watchedClaims(claims: ClaimStore, watcher: StoreWatcher): ClaimStore {
  let own: string | undefined;
  return {
    acquire: (name, ttlMs) => {
      // The first one is this process's own: that it lives is no news, and neither is it that another one does.
      if (isLife(name)) own ??= name;
      return watcher.call(() => claims.acquire(name, ttlMs), {
        operation: 'claims.acquire',
        outcome: (fence) => {
          if (name === own || (fence === null && isLife(name))) return undefined;
          return fence === null ? 'refused' : `fence ${fence}`;
        },
      });
    },
    renew: (name, fence, ttlMs) => watcher.call(() => claims.renew(name, fence, ttlMs)),
    release: (name, fence) =>
      watcher.call(() => claims.release(name, fence), {
        operation: 'claims.release',
        outcome: () => (isLife(name) ? undefined : 'released'),
      }),
  };
}

function watchedMessages(messages: MessageBus, watcher: StoreWatcher): MessageBus {
  /** Who publishes here: what it says comes back to it as well. */
  let own: unknown;
  return {
    publish: (topic, message) => {
      own = message.from;
      const publish = () => messages.publish(topic, message);
      if (isTick(message)) return watcher.call(publish);
      return watcher.call(publish, { operation: 'messages.publish', ...subjectOf(message), outcome: () => 'sent' });
    },
    subscribe: (topic, listener, interrupted) => {
      const heard = (message: JsonObject): void => {
        if (message.from !== own && !isTick(message)) watcher.delivered(subjectOf(message));
        listener(message);
      };
      const unsubscribe = messages.subscribe(topic, heard, interrupted);
      const forget = watcher.onInterruption(interrupted);
      return () => {
        forget();
        unsubscribe();
      };
    },
  };
}

/** What the instances of a transport tell one another (see bus.ts), which to a store is any JSON. */
const messageIn = (envelope: JsonObject): BusMessage => envelope.message as unknown as BusMessage;

/** The clock that each process of a lab has says to all, every few seconds, that it has changed. */
function isTick(envelope: JsonObject): boolean {
  const message = messageIn(envelope);
  return message.kind === 'broadcast' && message.method === 'notifications/resources/updated';
}

function subjectOf(envelope: JsonObject): StoreSubject {
  const message = messageIn(envelope);
  return {
    message: message.kind,
    ...('session' in message && { session: message.session }),
    ...('stream' in message && { stream: message.stream }),
  };
}

/** `change` of what is there already, or of what is promised. */
function then<T, U>(value: Awaitable<T>, change: (value: T) => U): Awaitable<U> {
  return value instanceof Promise ? value.then(change) : change(value);
}
