/**
 * The Node.js adapter: wraps what `node:http` hands out in the exchange seam. The one file of the transport's HTTP
 * side that knows Node.
 *
 * It never builds a web-standard Request or Response: that alone costs several times what the protocol does.
 */

import { channel } from 'node:diagnostics_channel';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { BodyOutcome, EventSink, Exchange, ResponseHeaders } from './exchange.ts';
import type { StreamableHttpTransport } from './streamable-http.ts';
import { atTurnEnd, sendThisTurn } from './turn.ts';

/** Every trace event is published here as `{ event, place }` while someone subscribes (rule X2). */
export const traceChannel = channel('streamable-http-lab:trace');

export interface NodeHandlerOptions {
  /** Names an exchange in traces, where something in front has named it already. */
  exchangeId?: (request: IncomingMessage) => string | undefined;
}

/** A request listener for `http.createServer`. */
export function createNodeHandler(
  transport: StreamableHttpTransport,
  { exchangeId }: NodeHandlerOptions = {},
): (request: IncomingMessage, response: ServerResponse) => void {
  let count = 0;
  transport.publishTraceTo({
    isActive: () => traceChannel.hasSubscribers,
    publish: (event, place) => traceChannel.publish({ event, place }),
  });
  return (request, response) => {
    transport.handle(new NodeExchange(exchangeId?.(request) ?? `x${++count}`, request, response));
  };
}

class NodeExchange implements Exchange {
  readonly id: string;
  readonly method: string;
  readonly raw: IncomingMessage;

  readonly #response: ServerResponse;

  constructor(id: string, request: IncomingMessage, response: ServerResponse) {
    this.id = id;
    this.method = request.method ?? '';
    this.raw = request;

    this.#response = response;
    // A socket that breaks while we write is not an error of ours; `close` follows.
    response.on('error', ignore);
  }

  header(name: string): string | undefined {
    const value = this.raw.headers[name];
    return Array.isArray(value) ? value.join(', ') : value;
  }

  *headers(): Iterable<readonly [string, string]> {
    const raw = this.raw.rawHeaders;
    for (let i = 0; i + 1 < raw.length; i += 2) yield [raw[i] as string, raw[i + 1] as string];
  }

  readBody(maxBytes: number, timeoutMs: number, done: (outcome: BodyOutcome) => void): void {
    const request = this.raw;
    if (Number(request.headers['content-length'] ?? 0) > maxBytes) return done({ kind: 'too-large' });
    let chunks: Buffer[] = [];
    let bytes = 0;
    let isOver = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    // The listeners stay: they go with the request, and taking them back costs more than asking whether it is over.
    const finish = (outcome: BodyOutcome) => {
      if (isOver) return;
      isOver = true;
      chunks = [];
      clearTimeout(timer);
      done(outcome);
    };
    const onData = (chunk: Buffer) => {
      if (isOver) return;
      bytes += chunk.length;
      if (bytes > maxBytes) finish({ kind: 'too-large' });
      else chunks.push(chunk);
    };
    const onEnd = () =>
      finish({ kind: 'complete', bytes: chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks) });
    const onGone = () => finish({ kind: 'aborted' });
    // Most bodies arrive with their head: only one that does not needs a timer.
    this.afterThisTurn(() => {
      if (!isOver) timer = setTimeout(() => finish({ kind: 'too-slow' }), timeoutMs);
    });
    request.on('data', onData).on('end', onEnd).on('close', onGone).on('error', ignore);
  }

  respond(status: number, headers: ResponseHeaders, body: string, closeConnection = false): void {
    const response = this.#response;
    if (response.headersSent || response.destroyed) return;
    const head: Record<string, string | number> = { ...headers };
    // A 204 has no length (RFC 9110, 8.6); any other empty answer without one would be sent in chunks.
    if (status !== 204) head['content-length'] = Buffer.byteLength(body);
    if (closeConnection) head.connection = 'close';
    response.writeHead(status, head);
    sendThisTurn(() => finish(response, body));
    // Nothing of the body is read any more: without this it would be, into nowhere, to its end.
    if (closeConnection) response.once('finish', () => this.raw.destroy());
  }

  openEventStream(headers: ResponseHeaders): EventSink {
    return new NodeEventSink(this.#response, headers);
  }

  onDisconnect(listener: () => void): void {
    const response = this.#response;
    const { socket } = this.raw;
    // Gone already, while something else was waited for: no event will tell of it any more.
    if (response.closed || socket.closed) {
      if (!response.writableFinished) setImmediate(listener);
      return;
    }
    const gone = () => {
      response.off('close', gone);
      socket.off('close', gone);
      if (!response.writableFinished) listener();
    };
    response.on('close', gone);
    // The response to a pipelined request has no socket until its turn comes; before Node 24 it never hears that the
    // connection is gone.
    if (!response.socket) socket.on('close', gone);
  }

  afterThisTurn(callback: () => void): void {
    atTurnEnd(callback);
  }
}

class NodeEventSink implements EventSink {
  readonly #response: ServerResponse;
  /** Until the head is sent, so that head and first bytes share a write. */
  #headers: ResponseHeaders | undefined;
  #ended = false;

  constructor(response: ServerResponse, headers: ResponseHeaders) {
    this.#response = response;
    this.#headers = headers;
  }

  write(chunk: string): boolean {
    if (this.#isOver()) return false;
    this.#sendHead();
    return this.#response.write(chunk);
  }

  end(chunk?: string): void {
    if (this.#isOver()) return;
    this.#ended = true;
    // An answer that is complete from the start has a length, and needs no chunks.
    if (this.#headers && chunk)
      this.#headers = { ...this.#headers, 'content-length': String(Buffer.byteLength(chunk)) };
    this.#sendHead();
    sendThisTurn(() => finish(this.#response, chunk));
  }

  abort(): void {
    this.#response.destroy();
  }

  get buffered(): number {
    return this.#response.writableLength;
  }

  onceDrained(listener: () => void): void {
    this.#response.once('drain', listener);
  }

  #isOver(): boolean {
    return this.#ended || this.#response.destroyed || this.#response.writableEnded;
  }

  #sendHead(): void {
    if (!this.#headers) return;
    this.#response.writeHead(200, this.#headers);
    this.#headers = undefined;
  }
}

/** Middleware may have put its own `end` there: what that throws is not for others to suffer (rule X4). */
function finish(response: ServerResponse, last: string | undefined): void {
  try {
    response.end(last);
  } catch {
    response.destroy();
  }
}

function ignore(): void {}
