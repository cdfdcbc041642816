/**
 * The adapter for runtimes that speak `Request` and `Response` (Deno, Bun, workers, a page): wraps a `Request` in the
 * exchange seam. It uses nothing but the Fetch and Streams standards.
 */

import type { BodyOutcome, EventSink, Exchange, ResponseHeaders } from './exchange.ts';
import { ResponseSink } from './response-sink.ts';
import type { StreamableHttpTransport } from './streamable-http.ts';
import { sendThisTurn } from './turn.ts';

export interface FetchHandlerOptions {
  /** Names an exchange in traces, where something in front has named it already. */
  exchangeId?: (request: Request) => string | undefined;
  /**
   * The answers of one turn of the event loop leave together, which is half the work where many clients call at a time.
   * For a process that serves all its requests in one event loop, such as Node.js behind an adapter; not for workers, where
   * what a request leaves for later may end with it. Default: `false`.
   */
  answersTogether?: boolean;
}

/**
 * A function that answers one `Request`, as `Deno.serve`, `Bun.serve` and workers take it. It never rejects.
 *
 * Its `Response` is there when the head and the first bytes are. A client that goes away is noticed by the request's
 * `signal` and by the cancelling of the response body, whichever the runtime offers.
 */
export function createFetchHandler(
  transport: StreamableHttpTransport,
  { exchangeId, answersTogether = false }: FetchHandlerOptions = {},
): (request: Request) => Promise<Response> {
  let count = 0;
  return (request) =>
    new Promise((resolve) => {
      const answer = (response: Response) => {
        if (answersTogether) sendThisTurn(() => resolve(response));
        else resolve(response);
      };
      transport.handle(new FetchExchange(exchangeId?.(request) ?? `x${++count}`, request, answer));
    });
}

/** What the promise of a request without a client resolves to; nobody reads it. nginx logs the same status. */
const clientClosedRequest = 499;

const utf8 = new TextEncoder();

class FetchExchange implements Exchange {
  readonly id: string;
  readonly raw: Request;
  readonly #answer: (response: Response) => void;
  readonly #disconnected: (() => void)[] = [];
  #body: ReadableStreamDefaultReader<Uint8Array> | undefined;
  #sink: ResponseSink | undefined;
  #state: 'open' | 'answered' | 'gone' = 'open';

  constructor(id: string, request: Request, answer: (response: Response) => void) {
    this.id = id;
    this.raw = request;
    this.#answer = answer;
    if (request.signal.aborted) this.#gone();
    else request.signal.addEventListener('abort', this.#gone);
  }

  get method(): string {
    return this.raw.method;
  }

  header(name: string): string | undefined {
    const value = this.raw.headers.get(name);
    if (value !== null) return value;
    // HTTP/2 and HTTP/3 name the host in the URL instead (RFC 9113, 8.3.1): the guard against DNS rebinding needs it.
    return name === 'host' ? new URL(this.raw.url).host : undefined;
  }

  headers(): Iterable<readonly [string, string]> {
    return this.raw.headers;
  }

  readBody(maxBytes: number, timeoutMs: number, done: (outcome: BodyOutcome) => void): void {
    const declared = this.raw.headers.get('content-length');
    if (declared !== null && Number(declared) > maxBytes) return done({ kind: 'too-large' });
    let reading = true;
    const finish = (outcome: BodyOutcome) => {
      if (!reading) return;
      reading = false;
      clearTimeout(timer);
      done(outcome);
    };
    const timer = setTimeout(() => finish({ kind: 'too-slow' }), timeoutMs);
    this.onDisconnect(() => finish({ kind: 'aborted' }));
    const bytes = declared === null ? this.#collect(maxBytes, () => reading) : this.#whole(maxBytes);
    bytes.then(finish, (error) => {
      // What something has read before the transport could, or is reading, fails with a TypeError (Fetch, Body mixin).
      if (error instanceof TypeError && this.#state === 'open') return finish({ kind: 'unreadable', error });
      finish({ kind: 'aborted' });
      this.#gone();
    });
  }

  respond(status: number, headers: ResponseHeaders, body: string, closeConnection = false): void {
    if (this.#state !== 'open') return;
    const head: Record<string, string> = { ...headers };
    // A 204 has no length (RFC 9110, 8.6).
    if (status !== 204) head['content-length'] = String(utf8.encode(body).length);
    if (closeConnection) head.connection = 'close';
    // As text, which servers for Node pass on as it is; an empty one would be given a content type.
    const response = new Response(body === '' ? null : body, { status, headers: head });
    this.#answered();
    this.#answer(response);
    if (closeConnection) this.#dropBody();
  }

  openEventStream(headers: ResponseHeaders): EventSink {
    this.#sink = new ResponseSink(headers, {
      answer: (response) => {
        if (this.#state === 'open') this.#answer(response);
      },
      ended: () => this.#answered(),
      cancelled: this.#gone,
    });
    if (this.#state === 'gone') this.#sink.break();
    return this.#sink;
  }

  onDisconnect(listener: () => void): void {
    if (this.#state === 'gone') queueMicrotask(listener);
    else this.#disconnected.push(listener);
  }

  afterThisTurn(callback: () => void): void {
    if (immediate) immediate(callback);
    else setTimeout(callback, 0);
  }

  /** A body whose length is known. Servers for Node take it from their sockets without a stream in between. */
  async #whole(maxBytes: number): Promise<BodyOutcome> {
    const bytes = new Uint8Array(await this.raw.arrayBuffer());
    return bytes.length > maxBytes ? { kind: 'too-large' } : { kind: 'complete', bytes };
  }

  /** The body, as far as it is wanted: reading stops when nobody waits for it any more. */
  async #collect(maxBytes: number, isWanted: () => boolean): Promise<BodyOutcome> {
    if (this.raw.bodyUsed) throw new TypeError('Something read the body of this Request before the transport could');
    this.#body = this.raw.body?.getReader();
    const chunks: Uint8Array[] = [];
    let length = 0;
    while (this.#body && isWanted()) {
      const { done, value } = await this.#body.read();
      if (done) break;
      length += value.length;
      if (length > maxBytes) return { kind: 'too-large' };
      chunks.push(value);
    }
    return { kind: 'complete', bytes: chunks.length === 1 ? (chunks[0] as Uint8Array) : joined(chunks, length) };
  }

  /** Tells the runtime that nobody will read the rest of the request. */
  #dropBody(): void {
    const dropped = this.#body ? this.#body.cancel() : this.raw.body?.cancel();
    dropped?.catch(ignore);
  }

  /** The answer is complete: a signal that fires from now on, as some runtimes let it, means nothing. */
  #answered(): void {
    if (this.#state === 'open') this.#state = 'answered';
    this.raw.signal.removeEventListener('abort', this.#gone);
  }

  readonly #gone = (): void => {
    if (this.#state !== 'open') return;
    this.#answered();
    this.#state = 'gone';
    this.#sink?.break();
    for (const listener of this.#disconnected.splice(0)) listener();
    // Once a stream has begun this does nothing: a promise resolves once.
    this.#answer(new Response(null, { status: clientClosedRequest }));
    this.#dropBody();
  };
}

/** The end of a turn, where the runtime has a name for it. Each callback has its own: it belongs to its request. */
const { setImmediate: immediate } = globalThis as { setImmediate?: (callback: () => void) => unknown };

function joined(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.length;
  }
  return whole;
}

function ignore(): void {}
