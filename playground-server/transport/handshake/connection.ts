import type { Core } from '../core.ts';
import type { EventSink } from '../exchange.ts';
import type { Reply } from '../reply.ts';
import { encodeComment, encodeMessage, encodePrime } from '../sse.ts';
import type { KeptAlive } from './connections.ts';

const opened = encodeComment('open');
/** No more than this waits for the end of the turn. */
const maxHeld = 16 * 1024;

/**
 * One HTTP response that carries a stream's events from `cursor` on. It may break at any time; the stream stays.
 *
 * What the first turn of the event loop has to say leaves in one write: the answer of a handler that does not wait
 * goes out together with the head, which costs half of two writes. A slower one's head and first bytes leave at the
 * end of that turn (rule E1).
 */
export class StreamConnection implements KeptAlive {
  /** Number of the last event written. */
  cursor: number;
  quietLooks = 0;
  readonly #core: Core;
  readonly #reply: Reply;
  readonly #stream: string;
  readonly #sink: EventSink;
  readonly #onClosed: () => void;
  /** What waits for the end of the first turn; `undefined` from then on. */
  #held: string | undefined = '';
  #writable = true;
  #closed = false;

  /**
   * @param stream its name, which stands in the event ids
   * @param retryMs in the event that primes the client, or `undefined` where none is sent
   * @param onDrain the peer can take more
   * @param onClosed the connection is over, whoever ended it; called once
   */
  constructor(
    core: Core,
    reply: Reply,
    stream: string,
    cursor: number,
    retryMs: number | undefined,
    onDrain: () => void,
    onClosed: () => void,
  ) {
    this.#core = core;
    this.#reply = reply;
    this.#stream = stream;
    this.cursor = cursor;
    this.#onClosed = onClosed;
    this.#sink = reply.eventStream();
    this.#sink.onDrain(() => {
      this.#writable = true;
      onDrain();
    });
    reply.exchange.onDisconnect(() => this.#over('client'));
    core.connections.add(this);
    if (core.trace) core.trace({ type: 'stream-attached', cursor }, reply.place(stream));
    if (retryMs === undefined) this.writeComment(opened);
    else {
      // Its id is where this connection starts: it belongs to no event and is not logged (rule E1).
      const eventId = this.#eventId(cursor) as string;
      this.#write(encodePrime(eventId, retryMs), 'prime', eventId);
    }
    reply.exchange.afterThisTurn(() => this.#release());
  }

  /** Whether the peer keeps up: if not, events wait in the log. */
  get writable(): boolean {
    return this.#writable && !this.#closed;
  }

  writeEvent(number: number, json: string): void {
    const eventId = this.#eventId(number);
    this.cursor = number;
    this.#write(encodeMessage(eventId, json), 'message', eventId);
  }

  writeComment(text: string): void {
    this.#write(text, 'comment');
  }

  /** Ends the response. The stream may live on. */
  close(): void {
    if (this.#closed) return;
    this.#sink.end(this.#held);
    this.#held = undefined;
    this.#over('server');
  }

  #eventId(number: number): string | undefined {
    return this.#core.options.eventLog ? `${this.#stream}.${number}` : undefined;
  }

  #write(bytes: string, kind: 'message' | 'prime' | 'comment', eventId?: string): void {
    if (this.#closed) return;
    this.quietLooks = 0;
    if (this.#core.trace) {
      const event = { type: 'event-written', kind, bytes } as const;
      this.#core.trace(eventId === undefined ? event : { ...event, eventId }, this.#reply.place(this.#stream));
    }
    if (this.#held === undefined) this.#writable = this.#sink.write(bytes);
    else {
      this.#held += bytes;
      if (this.#held.length > maxHeld) this.#release();
    }
  }

  #release(): void {
    const held = this.#held;
    this.#held = undefined;
    if (held) this.#writable = this.#sink.write(held);
  }

  #over(by: 'client' | 'server'): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#core.connections.remove(this);
    if (this.#core.trace) this.#core.trace({ type: 'connection-closed', by }, this.#reply.place(this.#stream));
    this.#onClosed();
  }
}
