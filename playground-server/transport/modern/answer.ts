import type { Connections, KeptAlive } from '../connections.ts';
import type { Core } from '../core.ts';
import { type ErrorName, refusal, refusalBody } from '../errors.ts';
import type { EventSink } from '../exchange.ts';
import { accepts } from '../guards.ts';
import type { JsonRpcRequest } from '../json-rpc.ts';
import type { Reply } from '../reply.ts';
import { encodeMessage } from '../sse.ts';
import { errorText } from '../trace.ts';

/**
 * The answer to one request: a single JSON object, unless something must be said before that. Then it becomes an event
 * stream while the request runs, and stays one (rules M8, M10).
 *
 * The head leaves with the first event, and each event when it is said: nothing is held back, and nothing is kept.
 */
export class Answer implements KeptAlive {
  quietLooks = 0;
  readonly #core: Core;
  /** Answers that have said nothing yet: they share one timer, and it calls `writeComment` here too. */
  readonly #silent: Connections;
  readonly #request: JsonRpcRequest;
  readonly #reply: Reply;
  readonly #onGone: () => void;
  #sink: EventSink | undefined;
  #over = false;

  /** @param onGone nobody reads this answer any more: its client left, or reads too slowly; called at most once */
  constructor(core: Core, silent: Connections, request: JsonRpcRequest, reply: Reply, onGone: () => void) {
    this.#core = core;
    this.#silent = silent;
    this.#request = request;
    this.#reply = reply;
    this.#onGone = onGone;
  }

  /** The request goes on beyond this turn: from now on silence is broken in time, and a client that leaves is noticed. */
  watch(): void {
    if (!this.#sink) this.#silent.add(this);
    this.#reply.exchange.onDisconnect(() => this.#gone('client'));
  }

  /** Says something before the answer itself. `false`: this client takes one JSON object only. */
  notify(json: string): boolean {
    const sink = this.#stream();
    if (sink) this.#write(sink, encodeMessage(undefined, json), 'message');
    return sink !== undefined;
  }

  /** What the timer says into a silence. */
  writeComment(text: string): void {
    const sink = this.#stream();
    if (sink) this.#write(sink, text, 'comment');
  }

  /** The answer itself. `status` counts while no stream has begun (rule M8). */
  complete(status: number, json: string): void {
    if (this.#over) return;
    const sink = this.#sink;
    this.#end();
    if (!sink) return this.#reply.json(status, json);
    const bytes = encodeMessage(undefined, json);
    this.#traceWritten(bytes, 'message');
    sink.end(bytes);
    this.#traceClosed('server');
  }

  /** Answers with an entry of the table of errors. */
  refuse(name: ErrorName): void {
    const refused = refusal(name);
    if (this.#sink) return this.complete(200, refusalBody(refused, this.#request.id));
    if (this.#over) return;
    this.#end();
    this.#reply.refuse(name);
  }

  /** A fault of ours or of the backplane's (rule X4). */
  fault(error: unknown): void {
    if (this.#over) return;
    if (this.#sink) {
      if (this.#core.trace) {
        this.#reply.trace({ type: 'handler-failed', method: this.#request.method, error: errorText(error) });
      }
      return this.refuse('unexpected');
    }
    this.#end();
    this.#reply.fault(error);
  }

  /** The stream, opened when it is first needed. */
  #stream(): EventSink | undefined {
    if (this.#sink || this.#over) return this.#sink;
    const { exchange } = this.#reply;
    // P1 lets in a client that takes JSON alone where that is what it is given (rule P1, `enableJsonResponse`).
    const { enableJsonResponse } = this.#core.options;
    if (enableJsonResponse && !accepts(exchange.header('accept'), 'text/event-stream')) return undefined;
    this.#silent.remove(this);
    this.#core.connections.add(this);
    const { method, id } = this.#request;
    if (this.#core.trace) this.#reply.trace({ type: 'stream-opened', request: { method, id } });
    this.#sink = this.#reply.eventStream();
    return this.#sink;
  }

  #write(sink: EventSink, bytes: string, kind: 'message' | 'comment'): void {
    this.quietLooks = 0;
    const waiting = sink.buffered;
    // One event may be larger than the bound, when it goes alone.
    if (waiting > 0 && waiting + bytes.length > this.#core.options.maxBufferedBytes) {
      this.#gone('server');
      // Not `end`: what waits would stay in memory for a reader that takes nothing.
      return sink.abort();
    }
    this.#traceWritten(bytes, kind);
    sink.write(bytes);
  }

  #gone(by: 'client' | 'server'): void {
    if (this.#over) return;
    const wasStream = this.#sink !== undefined;
    this.#end();
    if (wasStream) this.#traceClosed(by);
    this.#onGone();
  }

  #end(): void {
    this.#over = true;
    if (this.#sink) this.#core.connections.remove(this);
    else this.#silent.remove(this);
    this.#sink = undefined;
  }

  #traceWritten(bytes: string, kind: 'message' | 'comment'): void {
    if (this.#core.trace) this.#reply.trace({ type: 'event-written', kind, bytes });
  }

  #traceClosed(by: 'client' | 'server'): void {
    if (!this.#core.trace) return;
    this.#reply.trace({ type: 'connection-closed', by });
    this.#reply.trace({ type: 'stream-ended' });
  }
}
