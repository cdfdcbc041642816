/** The client of the handshake era: one client, one endpoint, at most one session. See index.ts. */

import type { JsonObject, JsonRpcErrorObject, JsonRpcRequest, RequestId } from '../transport/json-rpc.ts';
import type { Outcome } from './outcome.ts';
import { type Watcher, Wire, type WireOptions } from './wire.ts';

export interface ClientSession {
  /** As the server minted it. */
  id: string;
  protocolVersion: string;
}

export interface WireClientOptions extends WireOptions {
  clientInfo: { name: string; version: string };
  /** What this client declares in `initialize` that it can do. Default: nothing. */
  capabilities?: JsonObject;
  /** The version to ask for in `initialize`. */
  protocolVersion?: string;
  /** Go on with a session that was opened before. */
  session?: ClientSession;
  /** The first JSON-RPC id to use: a client that goes on with a session must not use an id twice in it. */
  firstRequestId?: number;
}

export class WireClient {
  readonly endpoint: string;
  readonly #wire: Wire;
  readonly #hello: JsonObject & { protocolVersion: string };
  #session: ClientSession | undefined;
  /** As negotiated: a server without sessions has one too. */
  #version: string | undefined;
  #nextId: number;

  constructor(options: WireClientOptions) {
    const { endpoint, clientInfo, capabilities = {}, protocolVersion = '2025-11-25', session } = options;
    this.endpoint = endpoint;
    this.#wire = new Wire(options);
    this.#hello = { protocolVersion, capabilities, clientInfo };
    this.#session = session;
    this.#version = session?.protocolVersion;
    this.#nextId = options.firstRequestId ?? 1;
  }

  get session(): ClientSession | undefined {
    return this.#session;
  }

  /** The JSON-RPC id that the next request will carry. */
  get nextRequestId(): number {
    return this.#nextId;
  }

  /**
   * Sends `initialize` and, when it succeeded, `notifications/initialized` (2025-11-25, Lifecycle, Initialization).
   * @returns the outcome of `initialize`, or of the notification if that one failed
   */
  async open(watch: Watcher = {}): Promise<Outcome> {
    this.forget();
    const opened = await this.request('initialize', this.#hello, watch);
    if (opened.kind !== 'result') return opened;
    const id = opened.headers.get('mcp-session-id');
    const { protocolVersion: version } = opened.result;
    const protocolVersion = typeof version === 'string' ? version : this.#hello.protocolVersion;
    this.#version = protocolVersion;
    if (id !== null) this.#session = { id, protocolVersion };
    const told = await this.notify('notifications/initialized', undefined, watch);
    return told.kind === 'accepted' ? opened : told;
  }

  /** Sends one request and waits for its response, wherever it arrives: in a JSON body or on an event stream. */
  request(method: string, params?: JsonObject, watch: Watcher = {}): Promise<Outcome> {
    const message: JsonRpcRequest = { jsonrpc: '2.0', id: this.#nextId++, method, ...(params && { params }) };
    return this.#wire.post(message, this.#headers(), watch);
  }

  notify(method: string, params?: JsonObject, watch: Watcher = {}): Promise<Outcome> {
    return this.#wire.post({ jsonrpc: '2.0', method, ...(params && { params }) }, this.#headers(), watch);
  }

  /** Sends the response to a request of the server's. */
  respond(id: RequestId, response: { result: JsonObject } | { error: JsonRpcErrorObject }): Promise<Outcome> {
    return this.#wire.post({ jsonrpc: '2.0', id, ...response }, this.#headers(), {});
  }

  /**
   * Opens the standalone stream with GET, or resumes a stream after `lastEventId`, and reads until it ends.
   * @returns `accepted` when the stream was opened and ended in order; how it was refused otherwise
   */
  listen(watch: Watcher & { lastEventId?: string } = {}): Promise<Outcome> {
    const { lastEventId } = watch;
    return this.#wire.get(
      { ...this.#headers(), ...(lastEventId !== undefined && { 'last-event-id': lastEventId }) },
      watch,
    );
  }

  /** Ends the session with DELETE. Whatever the server answers, this client has no session afterwards. */
  end(watch: Watcher = {}): Promise<Outcome> {
    const headers = this.#headers();
    this.forget();
    return this.#wire.send({ method: 'DELETE', headers }, watch);
  }

  /** Forgets the session without telling the server: it is gone there already. */
  forget(): void {
    this.#session = undefined;
    this.#version = undefined;
  }

  #headers(): Record<string, string> {
    return {
      ...(this.#session && { 'mcp-session-id': this.#session.id }),
      // 2025-11-25, Transports, Protocol Version Header: sent on every request after initialization.
      ...(this.#version && { 'mcp-protocol-version': this.#version }),
    };
  }
}
