import type { KeptAlive } from '../connections.ts';
import type { Core } from '../core.ts';
import type { EventSink } from '../exchange.ts';
import type { RequestId } from '../json-rpc.ts';
import type { Reply } from '../reply.ts';

/** The open answer to one `subscriptions/listen`. It ends with its connection: nothing of it can be resumed. */
export class ListenStream implements KeptAlive {
  /** The id of its request, which its messages carry. Another stream may have the same one (rule L3). */
  readonly id: RequestId;
  readonly principal: string | null;
  quietLooks = 0;
  readonly #core: Core;
  readonly #reply: Reply;
  readonly #onOver: () => void;
  #sink: EventSink | undefined;
  #over = false;

  /** @param onOver it is over, whoever ended it; called once */
  constructor(core: Core, id: RequestId, reply: Reply, onOver: () => void) {
    this.id = id;
    this.principal = reply.principal;
    this.#core = core;
    this.#reply = reply;
    this.#onOver = onOver;
  }

  /** Begins with this event. */
  begin(bytes: string): void {
    this.#core.connections.add(this);
    if (this.#core.trace) {
      this.#reply.trace({ type: 'stream-opened', request: { method: 'subscriptions/listen', id: this.id } });
    }
    this.#sink = this.#reply.eventStream();
    this.write(bytes);
    this.#reply.exchange.onDisconnect(() => this.#end('client'));
  }

  /** @param bytes one event, encoded */
  write(bytes: string): void {
    this.#write(bytes, 'message');
  }

  writeComment(text: string): void {
    this.#write(text, 'comment');
  }

  /** Ends the answer with these events. */
  finish(events: readonly string[]): void {
    if (this.#over) return;
    for (const bytes of events) this.#traceWritten(bytes, 'message');
    this.#sink?.end(events.join(''));
    this.#end('server');
  }

  #write(bytes: string, kind: 'message' | 'comment'): void {
    const sink = this.#sink;
    if (this.#over || !sink) return;
    this.quietLooks = 0;
    const waiting = sink.buffered;
    // One event may be larger than the bound, when it goes alone. What is lost here the client asks for anew: it
    // cannot tell a stream with a hole from one without.
    if (waiting > 0 && waiting + bytes.length > this.#core.options.maxBufferedBytes) {
      this.#end('server');
      // Not `end`: what waits would stay in memory until a reader takes it that takes nothing (rule L5).
      return sink.abort();
    }
    this.#traceWritten(bytes, kind);
    sink.write(bytes);
  }

  #traceWritten(bytes: string, kind: 'message' | 'comment'): void {
    if (this.#core.trace) this.#reply.trace({ type: 'event-written', kind, bytes });
  }

  #end(by: 'client' | 'server'): void {
    if (this.#over) return;
    this.#over = true;
    this.#core.connections.remove(this);
    this.#onOver();
    if (!this.#core.trace) return;
    this.#reply.trace({ type: 'connection-closed', by });
    this.#reply.trace({ type: 'stream-ended' });
  }
}
