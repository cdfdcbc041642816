import type { LoggedEvent, LogSlice, NewEvent, StreamLog } from '../backplane/backplane.ts';

/**
 * The log of a stream that nobody can resume (`eventLog: null`): it holds what an open connection has not yet read,
 * and nothing else. Without a reader a message is gone, as it would be on the wire.
 */
export class UnloggedStream implements StreamLog {
  #unread: LoggedEvent[] = [];
  #weight = 0;
  #lastNumber = 0;
  #ended = false;
  #cursor: number | null = null;
  #maxWeight = 0;
  #takeovers = 0;

  append({ json, last }: NewEvent): number {
    if (this.#ended) return 0;
    this.#ended = last;
    this.#lastNumber++;
    if (this.#cursor !== null && this.#weight <= this.#maxWeight) {
      this.#unread.push({ number: this.#lastNumber, json });
      this.#weight += json.length;
    }
    return this.#lastNumber;
  }

  readAfter(cursor: number, maxEvents: number): LogSlice {
    const events = this.#unread.filter((event) => event.number > cursor).slice(0, maxEvents);
    const readTo = events.at(-1)?.number ?? cursor;
    const next = events[0]?.number ?? this.#lastNumber + 1;
    return {
      events,
      ended: this.#ended && readTo >= this.#lastNumber,
      trimmed: next > cursor + 1,
      lastNumber: this.#lastNumber,
    };
  }

  unread(): number {
    return (this.#unread[0]?.number ?? this.#lastNumber + 1) - 1;
  }

  takeOver(): number {
    return ++this.#takeovers;
  }

  end(): void {
    this.#ended = true;
  }

  delivered(): void {}

  spareAfter(cursor: number | null, bytes: number): void {
    this.#cursor = cursor;
    this.#maxWeight = bytes;
    const read = cursor ?? this.#lastNumber;
    while (this.#unread[0] && this.#unread[0].number <= read) {
      this.#weight -= (this.#unread.shift() as LoggedEvent).json.length;
    }
  }
}
