import { attempt } from '../awaitable.ts';
import { askAgainMs, type EventLogBounds, StoreUnreachable, type StreamLog } from '../backplane/backplane.ts';
import { allSessions } from '../backplane/log-rules.ts';
import type { Core } from '../core.ts';
import type { JsonObject } from '../json-rpc.ts';
import { errorText } from '../trace.ts';
import { type LogOwner, LogWriter } from './log-writer.ts';

const name = '0';
const bounds: EventLogBounds = { maxEvents: 1_000, maxBytes: 4_000_000, maxSessionBytes: 4_000_000, maxAgeMs: 60_000 };
/** A session takes each broadcast once because its log knows them for a minute. Older ones might come twice. */
const youngMs = 45_000;

export interface Broadcasted {
  readonly id: string;
  readonly method: string;
  readonly params?: JsonObject;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/**
 * The broadcasts of the last minute, of all instances that share a store. An instance copies them into a session that
 * it meets for the first time: whoever knew it when they were made may have been killed (rules B5, B8).
 */
export class RecentBroadcasts implements LogOwner {
  readonly #core: Core;
  readonly #writer: LogWriter;
  #log: StreamLog | undefined;

  constructor(core: Core) {
    this.#core = core;
    this.#writer = new LogWriter(this);
  }

  /** This instance made it. */
  add(broadcast: Broadcasted): void {
    this.#writer.append({ json: JSON.stringify(broadcast), last: false });
  }

  /**
   * Those made since then, the oldest first.
   * @param copy is called again, with all of them, when the store was away: each is there once, however often it is given
   */
  since(at: number, copy: (broadcasts: readonly Broadcasted[]) => void): void {
    const from = Math.max(at, Date.now() - youngMs);
    const failed = (error: unknown) => {
      this.logFailed(error);
      if (error instanceof StoreUnreachable) setTimeout(() => this.since(at, copy), askAgainMs);
    };
    attempt(
      () => this.log.readAfter(0, bounds.maxEvents),
      ({ events }) => {
        const all = events.map(({ json }) => JSON.parse(json) as Broadcasted);
        try {
          copy(all.filter((broadcast) => broadcast.at >= from));
        } catch (error) {
          failed(error);
        }
      },
      failed,
    );
  }

  get log(): StreamLog {
    this.#log ??= this.#core.options.backplane.logs.open(allSessions, name, bounds);
    return this.#log;
  }

  get maxWaiting(): number {
    return this.#core.options.maxBufferedBytes;
  }

  logFailed(error: unknown): void {
    this.#core.trace?.({ type: 'handler-failed', method: 'broadcast', error: errorText(error) }, {});
  }
}
