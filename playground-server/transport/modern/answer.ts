import type { Connections, KeptAlive } from '../connections.ts';
import type { Core } from '../core.ts';
import type { ErrorName } from '../errors.ts';
import { accepts } from '../guards.ts';
import type { JsonRpcRequest } from '../json-rpc.ts';
import { refusal, refusalBody } from '../refusal.ts';
import type { Reply } from '../reply.ts';
import { encodeMessage } from '../sse.ts';
import { errorText } from '../trace.ts';
import { LiveStream } from './live-stream.ts';

/**
 * The answer to one request: a single JSON object, unless something must be said before that. Then it becomes an event
 * stream while the request runs, and stays one (rules M8, M10).
 *
 * The head leaves with the first event, and each event when it is said: nothing is held back, and nothing is kept.
 */
export class Answer implements KeptAlive {
  quietLooks = 0;
  readonly #core: Core;
  /** Answers that have said nothing yet: they share one timer, and it calls `writeComment` here. */
  readonly #silent: Connections;
  readonly #request: JsonRpcRequest;
  readonly #reply: Reply;
  readonly #onGone: () => void;
  #stream: LiveStream | undefined;
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
    if (!this.#stream) {
      this.#silent.add(this);
      this.#silent.watch();
    }
    this.#reply.exchange.onDisconnect(() => {
      if (this.#stream) this.#stream.left();
      else this.#gone();
    });
  }

  /** Says something before the answer itself. `false`: this client takes one JSON object only. */
  notify(json: string): boolean {
    const stream = this.#opened();
    stream?.writeEvent(encodeMessage(undefined, json));
    return stream !== undefined;
  }

  /** What the timer says into a silence; once there is a stream, it is the stream that is kept alive. */
  writeComment(text: string): void {
    this.#opened()?.writeComment(text);
  }

  /** The answer itself. `status` counts while no stream has begun (rule M8). */
  complete(status: number, json: string): void {
    if (this.#over) return;
    this.#end();
    if (this.#stream) this.#stream.end([encodeMessage(undefined, json)]);
    else this.#reply.json(status, json);
  }

  /** Answers with an entry of the table of errors. */
  refuse(name: ErrorName): void {
    const refused = refusal(name);
    if (this.#stream) return this.complete(200, refusalBody(refused, this.#request.id));
    if (this.#over) return;
    this.#end();
    this.#reply.refuse(name);
  }

  /** A fault of ours or of the backplane's (rule X4). */
  fault(error: unknown): void {
    if (this.#over) return;
    if (this.#stream) {
      if (this.#core.trace) {
        this.#reply.trace({ type: 'handler-failed', method: this.#request.method, error: errorText(error) });
      }
      return this.refuse('unexpected');
    }
    this.#end();
    this.#reply.fault(error);
  }

  /** The stream, opened when it is first needed. */
  #opened(): LiveStream | undefined {
    if (this.#stream || this.#over) return this.#stream;
    // P1 lets in a client that takes JSON alone where that is what it is given (rule P1, `enableJsonResponse`).
    const { enableJsonResponse } = this.#core.options;
    if (enableJsonResponse && !accepts(this.#reply.exchange.header('accept'), 'text/event-stream')) return undefined;
    this.#silent.remove(this);
    this.#stream = new LiveStream(this.#core, this.#reply, this.#request, () => this.#gone());
    return this.#stream;
  }

  #gone(): void {
    if (this.#over) return;
    this.#end();
    this.#onGone();
  }

  #end(): void {
    this.#over = true;
    this.#silent.remove(this);
  }
}
