/** What a case is, and what it is given. */

import type { Awaitable } from '../../handler.ts';
import type {
  Asker,
  Backplane,
  EventLogBounds,
  LogSlice,
  SessionLimits,
  SessionRecord,
  StreamLog,
} from '../backplane.ts';

export type Part = 'sessions' | 'logs' | 'claims' | 'messages';

/** A kind of store, for the suite to open as often as it has cases. */
export interface StoreUnderTest {
  /** As the `shared` of its backplanes: what only other processes could ask of it is asked. */
  readonly shared: boolean;
  /** It goes by the clock that `open` is given: times too long to wait for are tested as well. */
  readonly settableClock: boolean;
  /**
   * A new, empty store.
   * @param now milliseconds; given only where `settableClock` is true. Otherwise the store goes by real time
   */
  open(now?: () => number): Awaitable<OpenStore>;
}

export interface OpenStore {
  /** The store as one more process sees it: with a connection of its own. In one process there is only one view. */
  view(): Awaitable<Backplane>;
  /** Closes all views, and removes what was stored. */
  close(): Awaitable<void>;
}

export interface Case {
  /** A sentence that says what the part does. */
  readonly title: string;
  readonly rules: readonly string[];
  readonly needs?: 'shared' | 'settableClock';
  run(given: Given): Promise<void>;
}

export interface Given {
  readonly one: Backplane;
  readonly two: Backplane;
  /** Lets the store's clock go on. Without effect where the case does not need it settable. */
  readonly pass: (ms: number) => void;
}

export const nobody: Asker = { principal: null, origin: null };

export const roomy: SessionLimits = { maxSessions: 1000, maxSessionsPerPrincipal: null, idleTimeoutMs: null };

export const roomyLog: EventLogBounds = {
  maxEvents: 1000,
  maxBytes: 1_000_000,
  maxSessionBytes: 10_000_000,
  maxAgeMs: 3_600_000,
};

export function record(id: string, given: Partial<SessionRecord> = {}): SessionRecord {
  return {
    id,
    protocolVersion: '2025-11-25',
    clientInfo: { name: 'behaviour', version: '1' },
    clientCapabilities: {},
    principal: null,
    origin: null,
    openedAt: 1_000_000,
    logLevel: 'info',
    subscriptions: [],
    data: {},
    ...given,
  };
}

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Everything between two ends, both included. */
export const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, n) => from + n);

/** What a log gives, without what the store may have kept beside it. */
export async function read(log: StreamLog, cursor: number, maxEvents: number): Promise<LogSlice> {
  const { events, ended, trimmed, lastNumber } = await log.readAfter(cursor, maxEvents);
  return { events: events.map(({ number, json }) => ({ number, json })), ended, trimmed, lastNumber };
}

/**
 * Asks again and again, until the answer is truthy: what takes time is waited for, never assumed to have happened.
 * @throws after ten seconds
 */
export async function eventually<T>(what: string, ask: () => Awaitable<T>): Promise<Exclude<T, false | null>> {
  for (const deadline = Date.now() + 10_000; Date.now() < deadline; await sleep(20)) {
    const answer = await ask();
    if (answer) return answer as Exclude<T, false | null>;
  }
  throw new Error(`Waited ten seconds for ${what}`);
}
