import type { KeptAlive } from '../connections.ts';
import type { Core } from '../core.ts';
import type { EventSink } from '../exchange.ts';
import type { Reply } from '../reply.ts';
import { encodeComment, encodeMessage, encodePrime, encodeRetry } from '../sse.ts';

const opened = encodeComment('open');
/** No more than this waits for the end of the turn. */
const maxHeld = 16 * 1024;
/** An event longer than this is handed over in pieces, so that a slow reader of it can be seen to make progress. */
const maxPiece = 64 * 1024;
/** A reader that took nothing for this long is gone, or might as well be (rule E9). */
const stalledAfterMs = 10_000;

/** Whose events it carries. */
export interface ConnectionOwner {
  /** The stream's, which stands in the event ids. */
  readonly name: string;
  /** The peer can take more. */
  pump(): void;
  /** The connection is over, whoever ended it; called once. */
  detached(connection: StreamConnection): void;
}

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
  readonly #stream: ConnectionOwner;
  readonly #sink: EventSink;
  /** What waits for the end of the first turn; `undefined` from then on. */
  #held: string | undefined = '';
  /** What of an oversized event the peer has not been given yet. */
  #rest = '';
  #writable = true;
  #awaitsDrain = false;
  #closed = false;
  /** What to say when the last bytes were handed over: nothing follows them. */
  #flushed: (() => void) | undefined;
  /** What waited at the last look: less than that is progress, and so is all since a drain. Most wait for nothing. */
  #waitedBytes: number | undefined;
  #stalledMs = 0;

  /** @param retryMs in the event that primes the client, or `undefined` where none is sent */
  constructor(core: Core, reply: Reply, stream: ConnectionOwner, cursor: number, retryMs: number | undefined) {
    this.#core = core;
    this.#reply = reply;
    this.#stream = stream;
    this.cursor = cursor;
    this.#sink = reply.eventStream();
    core.connections.add(this);
    if (core.trace) core.trace({ type: 'stream-attached', cursor }, reply.place(stream.name));
    if (retryMs === undefined) this.writeComment(opened);
    else {
      // Its id is where this connection starts: it belongs to no event and is not logged (rule E1).
      const eventId = this.#eventId(cursor) as string;
      this.#write(encodePrime(eventId, retryMs), 'prime', eventId);
    }
  }

  /** What was to be said at once was said. What follows waits no longer than for the end of this turn. */
  goOn(): void {
    if (this.#held !== undefined) this.#reply.exchange.afterThisTurn(() => this.#release());
  }

  /** Whether the peer keeps up: if not, events wait in the log. */
  get writable(): boolean {
    return this.#writable && this.#rest === '' && !this.#closed && !this.#flushed;
  }

  writeEvent(number: number, json: string): void {
    const eventId = this.#eventId(number);
    this.cursor = number;
    this.#write(encodeMessage(eventId, json), 'message', eventId);
  }

  /** A peer that does not keep up has enough to read: it is given no comment. */
  writeComment(text: string): void {
    if (this.writable) this.#write(text, 'comment');
  }

  writeRetry(retryMs: number): void {
    this.#write(encodeRetry(retryMs), 'retry');
  }

  /** Breaks off when nothing was taken for too long. */
  looked(sinceMs: number): void {
    const waiting = this.writable ? 0 : this.#sink.buffered + this.#rest.length;
    const moves = this.#waitedBytes === undefined || waiting < this.#waitedBytes;
    this.#waitedBytes = waiting === 0 ? undefined : waiting;
    this.#stalledMs = moves ? 0 : this.#stalledMs + sinceMs;
    if (this.#stalledMs < stalledAfterMs) return;
    this.#rest = '';
    this.#sink.abort();
    this.#over('server');
  }

  /**
   * Ends the response, once the peer was given the rest of an oversized event. The stream may live on.
   * @param flushed nothing waits here any more
   */
  close(flushed = () => {}): void {
    if (this.#closed || this.#flushed) return;
    this.#flushed = flushed;
    if (this.#rest === '') this.#end();
  }

  #eventId(number: number): string | undefined {
    return this.#core.options.eventLog ? `${this.#stream.name}.${number}` : undefined;
  }

  #write(bytes: string, kind: 'message' | 'prime' | 'retry' | 'comment', eventId?: string): void {
    if (this.#closed) return;
    this.quietLooks = 0;
    if (this.#core.trace) {
      const event = { type: 'event-written', kind, bytes } as const;
      this.#core.trace(eventId === undefined ? event : { ...event, eventId }, this.#reply.place(this.#stream.name));
    }
    if (this.#held === undefined) this.#send(bytes);
    else {
      this.#held += bytes;
      if (this.#held.length > maxHeld) this.#release();
    }
  }

  /** It outlives the turn in which it was opened, or has too much to say to wait for its end. */
  #release(): void {
    const held = this.#held;
    if (held === undefined) return;
    this.#held = undefined;
    this.#reply.exchange.onDisconnect(() => this.#over('client'));
    this.#core.connections.watch();
    this.#send(held);
  }

  #drained(): void {
    this.#awaitsDrain = false;
    this.#writable = true;
    this.#waitedBytes = undefined;
    this.#sendRest();
    if (this.writable) this.#stream.pump();
  }

  #send(bytes: string): void {
    if (this.#rest === '' && bytes.length <= maxPiece) this.#handOver(bytes);
    else {
      this.#rest += bytes;
      if (this.#writable) this.#sendRest();
    }
  }

  #handOver(piece: string): void {
    this.#writable = this.#sink.write(piece);
    // `retry` is written to a peer that does not keep up as well.
    if (this.#writable || this.#awaitsDrain) return;
    this.#awaitsDrain = true;
    this.#sink.onceDrained(() => this.#drained());
  }

  #sendRest(): void {
    while (this.#rest !== '' && this.#writable && !this.#closed) {
      const end = isHighSurrogate(this.#rest, maxPiece - 1) ? maxPiece - 1 : maxPiece;
      const piece = this.#rest.slice(0, end);
      this.#rest = this.#rest.slice(end);
      this.#handOver(piece);
    }
    if (this.#rest === '' && this.#flushed) this.#end();
  }

  #end(): void {
    if (this.#closed) return;
    this.#sink.end(this.#held);
    this.#held = undefined;
    this.#flushed?.();
    this.#over('server');
  }

  #over(by: 'client' | 'server'): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#core.connections.remove(this);
    if (this.#core.trace) this.#core.trace({ type: 'connection-closed', by }, this.#reply.place(this.#stream.name));
    this.#stream.detached(this);
  }
}

/** The two halves of a character outside the basic plane must be encoded together. */
function isHighSurrogate(text: string, index: number): boolean {
  const code = text.charCodeAt(index);
  return code >= 0xd800 && code <= 0xdbff;
}
