import type { BodyOutcome, EventSink, Exchange, ResponseHeaders } from '../../../playground-server/transport/index.ts';
import { acceptBoth } from './client.ts';

/**
 * An exchange without a network: for what needs thousands of them, and for looking at what the core asks of its seam.
 * The core's behaviour on a wire is proven over sockets; nothing here stands in for that.
 */
export class MemoryExchange implements Exchange {
  readonly raw = undefined;
  readonly method: string;
  status = 0;
  answerHeaders: ResponseHeaders = {};
  body = '';
  ended = false;
  /** How often the core asked for this exchange's name or for all its headers, which only a trace needs. */
  askedForTrace = 0;
  readonly #given: Record<string, string>;
  readonly #message: string;
  #onDisconnect = () => {};

  constructor(method: string, headers: Record<string, string> = {}, message?: object | string) {
    this.method = method;
    this.#given = { accept: acceptBoth, 'content-type': 'application/json', ...headers };
    this.#message = typeof message === 'string' ? message : JSON.stringify(message ?? '');
  }

  get id(): string {
    this.askedForTrace++;
    return 'x';
  }

  header(name: string): string | undefined {
    return this.#given[name];
  }

  headers(): Iterable<readonly [string, string]> {
    this.askedForTrace++;
    return Object.entries(this.#given);
  }

  readBody(_maxBytes: number, _timeoutMs: number, done: (outcome: BodyOutcome) => void): void {
    done({ kind: 'complete', bytes: new TextEncoder().encode(this.#message) });
  }

  respond(status: number, headers: ResponseHeaders, body: string): void {
    Object.assign(this, { status, answerHeaders: headers, body, ended: true });
  }

  openEventStream(headers: ResponseHeaders): EventSink {
    Object.assign(this, { status: 200, answerHeaders: headers });
    return {
      write: (chunk) => {
        this.body += chunk;
        return true;
      },
      end: (chunk = '') => {
        this.body += chunk;
        this.ended = true;
      },
      abort: () => this.#onDisconnect(),
      buffered: 0,
      onceDrained: () => {},
    };
  }

  onDisconnect(listener: () => void): void {
    this.#onDisconnect = listener;
  }

  disconnect(): void {
    this.#onDisconnect();
  }

  afterThisTurn(callback: () => void): void {
    setImmediate(callback);
  }
}
