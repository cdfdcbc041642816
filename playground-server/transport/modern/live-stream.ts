import type { KeptAlive } from '../connections.ts';
import type { Core } from '../core.ts';
import type { EventSink } from '../exchange.ts';
import type { RequestId } from '../json-rpc.ts';
import type { Reply } from '../reply.ts';

/**
 * The event stream that answers one request of this era. Nothing of it can be resumed, so nothing is kept: what is said
 * is written, and a reader that does not keep up is cut, since it could not tell a stream with a hole from one without.
 */
export class LiveStream implements KeptAlive {
  quietLooks = 0;
  readonly #core: Core;
  readonly #reply: Reply;
  readonly #sink: EventSink;
  readonly #onCut: () => void;
  #over = false;

  /** @param onCut its reader is gone, or was cut off; called at most once, and not for an `end` */
  constructor(core: Core, reply: Reply, request: { method: string; id: RequestId }, onCut: () => void) {
    this.#core = core;
    this.#reply = reply;
    this.#onCut = onCut;
    core.connections.add(this);
    core.connections.watch();
    const { method, id } = request;
    if (core.trace) reply.trace({ type: 'stream-opened', request: { method, id } });
    this.#sink = reply.eventStream();
  }

  /** @param bytes one event, encoded */
  writeEvent(bytes: string): void {
    this.#write(bytes, 'message');
  }

  writeComment(text: string): void {
    this.#write(text, 'comment');
  }

  /** Ends the answer with these events. */
  end(events: readonly string[]): void {
    if (this.#over) return;
    for (const bytes of events) this.#traceWritten(bytes, 'message');
    this.#sink.end(events.join(''));
    this.#close('server');
  }

  /** The client went away. */
  left(): void {
    if (this.#over) return;
    this.#close('client');
    this.#onCut();
  }

  #write(bytes: string, kind: 'message' | 'comment'): void {
    if (this.#over) return;
    this.quietLooks = 0;
    const waiting = this.#sink.buffered;
    // One event may be larger than the bound, when it goes alone.
    if (waiting > 0 && waiting + bytes.length > this.#core.options.maxBufferedBytes) {
      // Its place is freed first (rule L5). Not `end`: what waits would stay in memory for a reader that takes nothing.
      this.#close('server');
      this.#onCut();
      return this.#sink.abort();
    }
    this.#traceWritten(bytes, kind);
    this.#sink.write(bytes);
  }

  #close(by: 'client' | 'server'): void {
    this.#over = true;
    this.#core.connections.remove(this);
    if (!this.#core.trace) return;
    this.#reply.trace({ type: 'connection-closed', by });
    this.#reply.trace({ type: 'stream-ended' });
  }

  #traceWritten(bytes: string, kind: 'message' | 'comment'): void {
    if (this.#core.trace) this.#reply.trace({ type: 'event-written', kind, bytes });
  }
}
