import { encodeComment } from './sse.ts';

/** A quiet connection is looked at at least this often within `keepAliveMs`; at the last look it is given a comment. */
const minLooks = 3;
/** Never less often than this, so that a reader that stands still is noticed in time (rule E9). */
const maxTickMs = 2_500;
const keepAlive = encodeComment('keep-alive');

export interface KeptAlive {
  /** Looks since the last write; every write sets it back to 0. */
  quietLooks: number;
  writeComment(text: string): void;
  /** Told at each look how long the last one is ago. */
  looked?(sinceMs: number): void;
}

/**
 * Every open event-stream connection of one instance, and the one timer that keeps them alive.
 *
 * Proxies close what is quiet, commonly after 60 s (2026-07-28, Streamable HTTP, Receiving Messages, Note). One timer
 * for all costs nothing per write, and it runs only while there is a connection.
 */
export class Connections {
  readonly #tickMs: number;
  readonly #looks: number;
  readonly #open = new Set<KeptAlive>();
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(keepAliveMs: number) {
    this.#tickMs = Math.max(1, Math.min(Math.floor(keepAliveMs / minLooks), maxTickMs));
    this.#looks = Math.max(1, Math.floor(keepAliveMs / this.#tickMs));
  }

  get count(): number {
    return this.#open.size;
  }

  add(connection: KeptAlive): void {
    this.#open.add(connection);
  }

  /**
   * From now on quiet connections are looked at. Whoever opens one calls this when it has outlived the turn in which it
   * was opened: most end in it, with their answer, and a timer for each costs more than that answer.
   */
  watch(): void {
    if (this.#open.size > 0) this.#timer ??= setInterval(() => this.#look(), this.#tickMs);
  }

  remove(connection: KeptAlive): void {
    this.#open.delete(connection);
    if (this.#open.size > 0 || !this.#timer) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #look(): void {
    for (const connection of this.#open) {
      connection.looked?.(this.#tickMs);
      if (++connection.quietLooks >= this.#looks) connection.writeComment(keepAlive);
    }
  }
}
