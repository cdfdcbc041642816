import { encodeComment } from '../sse.ts';

/** A quiet connection is looked at this often within `keepAliveMs`; at the last look it is given a comment. */
const looks = 3;
const keepAlive = encodeComment('keep-alive');

export interface KeptAlive {
  /** Looks since the last write; every write sets it back to 0. */
  quietLooks: number;
  writeComment(text: string): void;
}

/**
 * Every open event-stream connection of one instance, and the one timer that keeps them alive.
 *
 * Proxies close what is quiet, commonly after 60 s (2026-07-28, Streamable HTTP, Receiving Messages, Note). One timer
 * for all costs nothing per write, and it runs only while there is a connection.
 */
export class Connections {
  readonly #keepAliveMs: number;
  readonly #open = new Set<KeptAlive>();
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(keepAliveMs: number) {
    this.#keepAliveMs = keepAliveMs;
  }

  get count(): number {
    return this.#open.size;
  }

  add(connection: KeptAlive): void {
    this.#open.add(connection);
    this.#timer ??= setInterval(() => this.#look(), Math.max(1, Math.floor(this.#keepAliveMs / looks)));
  }

  remove(connection: KeptAlive): void {
    this.#open.delete(connection);
    if (this.#open.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #look(): void {
    for (const connection of this.#open) {
      if (++connection.quietLooks >= looks) connection.writeComment(keepAlive);
    }
  }
}
