/**
 * The kept tail of a lab's wire events: bounded by number and by size, read from any id onwards.
 *
 * Readers pull. The log never holds anything for one of them: it only says that there is more, so a reader that has
 * stalled costs nothing, and finds a gap when it comes back too late.
 */

import type { WireEvent } from './wire.ts';

export type Unnumbered = Omit<WireEvent, 'id'>;

/** An event as it leaves: serialised once for all its readers. */
export interface LogEntry {
  readonly id: number;
  readonly json: string;
}

export class WireLog {
  readonly #maxEvents: number;
  readonly #maxBytes: number;
  readonly #entries: LogEntry[] = [];
  readonly #waiting = new Set<() => void>();
  #bytes = 0;
  #lastId = 0;
  #ended = false;

  /** @param maxBytes bound on the events' JSON, in UTF-16 units, which are bytes for nearly all of it */
  constructor(maxEvents: number, maxBytes: number) {
    this.#maxEvents = maxEvents;
    this.#maxBytes = maxBytes;
  }

  /** The newest id; 0 when nothing happened yet. */
  get lastId(): number {
    return this.#lastId;
  }

  /** Nothing will be added any more. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Events and their size, for the metrics. */
  get size(): { events: number; bytes: number } {
    return { events: this.#entries.length, bytes: this.#bytes };
  }

  /** Gives the event its id. After `end` it is dropped: the log's last event says that the lab ended. */
  append(event: Unnumbered): void {
    if (this.#ended) return;
    const id = ++this.#lastId;
    const json = JSON.stringify({ id, ...event });
    this.#entries.push({ id, json });
    this.#bytes += json.length;
    while (this.#entries.length > this.#maxEvents || (this.#bytes > this.#maxBytes && this.#entries.length > 1)) {
      this.#bytes -= (this.#entries.shift() as LogEntry).json.length;
    }
    this.#wake();
  }

  end(): void {
    this.#ended = true;
    this.#wake();
  }

  /**
   * What followed event `after`. When some of it is no longer kept, the first entry is a `log-gap` that bears the id
   * of the last event lost, so that a reader who resumes from it gets what is still there.
   */
  read(after: number): readonly LogEntry[] {
    const first = this.#entries[0];
    if (first === undefined || after >= this.#lastId) return [];
    if (after + 1 >= first.id) return this.#entries.slice(after + 1 - first.id);
    const { atMs } = JSON.parse(first.json) as WireEvent;
    const gap: WireEvent = {
      id: first.id - 1,
      atMs,
      actor: 'supervisor',
      body: { type: 'log-gap', firstKept: first.id },
    };
    return [{ id: gap.id, json: JSON.stringify(gap) }, ...this.#entries];
  }

  /** Calls back once, at the next event or the end. @returns a function that takes it back */
  onMore(callback: () => void): () => void {
    this.#waiting.add(callback);
    return () => this.#waiting.delete(callback);
  }

  #wake(): void {
    const woken = [...this.#waiting];
    this.#waiting.clear();
    for (const callback of woken) callback();
  }
}
