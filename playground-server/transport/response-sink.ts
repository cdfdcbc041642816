import type { EventSink, ResponseHeaders } from './exchange.ts';

/** So much may wait in the stream before `write` answers `false`. */
const maxWaitingBytes = 16 * 1024;

const utf8 = new TextEncoder();

export interface SinkEvents {
  /** The head is there, together with the first bytes. Called once. */
  answer(response: Response): void;
  /** All has been written. */
  ended(): void;
  /** Whoever read the response stopped reading. */
  cancelled(): void;
}

/** The writing half of an event stream over a `ReadableStream`, whose controller says how much waits and who left. */
export class ResponseSink implements EventSink {
  readonly #headers: ResponseHeaders;
  readonly #events: SinkEvents;
  readonly #drained: (() => void)[] = [];
  /** From the first write on. */
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  /** The last write answered `false`, and the stream has had no room since. */
  #full = false;
  #over = false;

  constructor(headers: ResponseHeaders, events: SinkEvents) {
    this.#headers = headers;
    this.#events = events;
  }

  get buffered(): number {
    return this.#controller && !this.#over ? maxWaitingBytes - (this.#controller.desiredSize ?? maxWaitingBytes) : 0;
  }

  write(chunk: string): boolean {
    if (this.#over) return false;
    const bytes = utf8.encode(chunk);
    if (this.#controller) this.#controller.enqueue(bytes);
    else this.#begin(bytes);
    this.#full = (this.#controller?.desiredSize ?? 0) <= 0;
    return !this.#full;
  }

  end(chunk?: string): void {
    if (this.#over) return;
    this.#over = true;
    const bytes = utf8.encode(chunk ?? '');
    const controller = this.#controller;
    if (controller) {
      if (bytes.length > 0) controller.enqueue(bytes);
      controller.close();
    } else {
      // An answer that is complete from the start has a length.
      const headers = { ...this.#headers, 'content-length': String(bytes.length) };
      this.#events.answer(new Response(bytes, { headers }));
    }
    this.#events.ended();
  }

  onceDrained(listener: () => void): void {
    this.#drained.push(listener);
  }

  abort(): void {
    this.break();
    // Later, as a broken socket would be noticed: the caller has not finished with it.
    queueMicrotask(() => this.#events.cancelled());
  }

  /** The client is gone: what waits is thrown away, and nothing more is written. */
  break(): void {
    this.#over = true;
    this.#controller?.error(new DOMException('The connection is broken', 'AbortError'));
  }

  #begin(first: Uint8Array): void {
    const body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
          controller.enqueue(first);
        },
        pull: () => this.#hasRoom(),
        cancel: () => this.#events.cancelled(),
      },
      new ByteLengthQueuingStrategy({ highWaterMark: maxWaitingBytes }),
    );
    this.#events.answer(new Response(body, { headers: this.#headers }));
  }

  #hasRoom(): void {
    if (!this.#full) return;
    this.#full = false;
    for (const listener of this.#drained.splice(0)) listener();
  }
}
