import { Connections } from '../connections.ts';
import type { Core } from '../core.ts';
import { encodeResult } from '../encode.ts';
import type { Classified, JsonObject, JsonRpcNotification, JsonRpcRequest } from '../json-rpc.ts';
import { quoted } from '../refusal.ts';
import type { Reply } from '../reply.ts';
import { errorText } from '../trace.ts';
import { parameterHeadersObjection } from './header-parameters.ts';
import { type HeaderReader, standardHeadersObjection } from './headers.ts';
import { type Metadata, readMetadata } from './metadata.ts';
import type { Objection } from './objection.ts';
import { ModernRequest, type RequestOwner } from './request.ts';
import { discovered, sentResult } from './result.ts';
import { Subscriptions } from './subscriptions.ts';

/** What the handshake era had (2026-07-28, Key Changes): a handler that serves both eras still knows these. */
const removedMethods = new Set([
  'initialize',
  'ping',
  'logging/setLevel',
  'resources/subscribe',
  'resources/unsubscribe',
]);

/** The modern era: every request carries all that it needs, and no session is kept (rules M, L, I). */
export class ModernEndpoint {
  readonly #core: Core;
  readonly #owner: RequestOwner;
  readonly #subscriptions: Subscriptions;
  /** Requests whose handlers did not answer at once. */
  readonly #pending = new Set<ModernRequest>();
  #closed = false;

  /** @param tellEveryone broadcasts on every instance, this one included */
  constructor(core: Core, tellEveryone: (method: string, params?: JsonObject) => void) {
    this.#core = core;
    this.#subscriptions = new Subscriptions(core);
    this.#owner = {
      core,
      silent: new Connections(core.options.keepAliveMs),
      tellEveryone,
      pending: (request) => {
        this.#pending.add(request);
        core.inFlight.begin();
      },
      finished: (request) => {
        if (this.#pending.delete(request)) core.inFlight.end();
      },
    };
  }

  /** Methods of the requests whose handlers run. */
  get inFlight(): string[] {
    return Array.from(this.#pending, ({ method }) => method);
  }

  /** How many streams of `subscriptions/listen` are open. */
  get listening(): number {
    return this.#subscriptions.count;
  }

  /** One message of the client, after P1 to P5: what is no message at all was refused there. */
  post(classified: Classified, reply: Reply): void {
    if (classified.kind === 'request') return this.#request(classified.message, reply);
    if (classified.kind === 'notification') return this.#notification(classified.message, reply);
    reply.refuse(classified.kind === 'array' ? 'modernBatch' : 'modernResponse');
  }

  /** Tells every `subscriptions/listen` stream of this instance that asked for it (rule L4). */
  broadcast(method: string, params: JsonObject | undefined): void {
    this.#subscriptions.broadcast(method, params);
  }

  /** Messages of other instances may have been missed: one synthesised event per honoured type (rule L4). */
  resynchronise(): void {
    this.#subscriptions.resynchronise();
  }

  /** Rule L6. */
  endSubscriptions(): void {
    try {
      this.#subscriptions.end();
    } catch (error) {
      // A handler that cannot describe itself must not keep the rest from ending.
      this.#core.trace?.({ type: 'handler-failed', method: 'subscriptions/listen', error: errorText(error) }, {});
    }
  }

  /** Aborts what still runs; from now on every request is refused (rule X1). */
  close(): void {
    this.#closed = true;
    for (const request of this.#pending) request.abandon();
  }

  /** This revision defines none that a client would send over HTTP, and asks for no header on them (rule M2). */
  #notification({ method }: JsonRpcNotification, reply: Reply): void {
    if (method === 'subscriptions/listen') return reply.refuse('listenNeedsId');
    if (this.#core.trace) reply.trace({ type: 'message-received', kind: 'notification', method });
    reply.empty(202);
  }

  /** The order is rule M0's; the last of it, M14, is found by the handler. */
  #request(request: JsonRpcRequest, reply: Reply): void {
    const header: HeaderReader = (name) => reply.exchange.header(name);
    const reading = readMetadata(request.params, header('mcp-protocol-version'));
    if (reading.kind === 'objection') return answerWith(reading.objection, reply);
    const headers = standardHeadersObjection(request, header);
    if (headers) return answerWith(headers, reply);
    if (!this.#serves(request.method)) return reply.refuse('methodNotFound', { method: quoted(request.method) });
    const parameterHeaders = this.#parameterHeadersObjection(request, header);
    if (parameterHeaders) return answerWith(parameterHeaders, reply);
    this.#serve(request, reading.metadata, reply);
  }

  #serves(method: string): boolean {
    if (method === 'server/discover' || method === 'subscriptions/listen') return true;
    return !removedMethods.has(method) && this.#core.options.handler.serves?.(method) !== false;
  }

  #parameterHeadersObjection({ method, params }: JsonRpcRequest, header: HeaderReader): Objection | undefined {
    if (method !== 'tools/call') return undefined;
    // M5 saw to it that the name is a string.
    const parameters = this.#core.options.handler.headerParameters?.(params?.name as string);
    return parameters && parameterHeadersObjection(parameters, params?.arguments, header);
  }

  #serve(request: JsonRpcRequest, metadata: Metadata, reply: Reply): void {
    const { method } = request;
    const { maxStreams } = this.#core.options;
    if (this.#closed) return reply.refuse('modernClosing');
    if (method === 'server/discover') return this.#discover(request, reply);
    // Any other request may become a stream while it runs, and then it is too late to refuse it.
    if (this.#core.connections.count >= maxStreams) return reply.refuse('tooManyStreams', { max: maxStreams });
    this.#traceReceived(request, reply);
    if (method === 'subscriptions/listen') return this.#subscriptions.open(request, reply);
    new ModernRequest(this.#owner, request, metadata, reply).start();
  }

  #discover(request: JsonRpcRequest, reply: Reply): void {
    this.#traceReceived(request, reply);
    const description = this.#core.options.handler.describe();
    const result = sentResult(request.method, discovered(description), description.serverInfo);
    reply.json(200, encodeResult(request.id, result));
  }

  #traceReceived({ method, id }: JsonRpcRequest, reply: Reply): void {
    if (this.#core.trace) reply.trace({ type: 'message-received', kind: 'request', method, id });
  }
}

function answerWith({ error, values, data }: Objection, reply: Reply): void {
  reply.refuse(error, values, data);
}
