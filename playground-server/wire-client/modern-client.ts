/**
 * The client of the modern era: every request carries all that the server needs, and there is no session. As bare as
 * the one for the handshake era: what to do about an answer is decided above it (modern-session.ts).
 */

import type { HeaderParameter, LogLevel } from '../transport/handler.ts';
import { isObject, type JsonObject } from '../transport/json-rpc.ts';
import { parameterHeaders, standardHeaders } from './header-values.ts';
import type { Outcome } from './outcome.ts';
import { type Watcher, Wire, type WireOptions } from './wire.ts';

export interface ModernClientOptions extends WireOptions {
  clientInfo: { name: string; version: string };
  /** What this client can be asked for. Default: nothing. */
  capabilities?: JsonObject;
  /** Named in every request. */
  protocolVersion?: string;
  firstRequestId?: number;
}

export interface ModernWatcher extends Watcher {
  /** The tool's parameters that stand in headers too, as `usableTools` read them. */
  headerParameters?: readonly HeaderParameter[];
  /** Send log messages of this level and above on the stream of this request. */
  logLevel?: LogLevel;
}

export class ModernClient {
  /** Named in the next request. */
  protocolVersion: string;
  readonly #wire: Wire;
  readonly #clientInfo: { name: string; version: string };
  readonly #capabilities: JsonObject;
  #nextId: number;

  constructor(options: ModernClientOptions) {
    this.protocolVersion = options.protocolVersion ?? '2026-07-28';
    this.#wire = new Wire(options);
    this.#clientInfo = options.clientInfo;
    this.#capabilities = options.capabilities ?? {};
    this.#nextId = options.firstRequestId ?? 1;
  }

  /** The JSON-RPC id that the next request will carry. */
  get nextRequestId(): number {
    return this.#nextId;
  }

  /**
   * Sends one request and waits for its response. What is in `params._meta` goes along.
   *
   * Aborting the signal closes the connection, which is how a request of this era is cancelled (2026-07-28, Streamable
   * HTTP, Cancellation).
   */
  request(method: string, params: JsonObject = {}, watch: ModernWatcher = {}): Promise<Outcome> {
    const { headerParameters = [], logLevel } = watch;
    const _meta = {
      ...(isObject(params._meta) ? (params._meta as JsonObject) : {}),
      ...(logLevel && { 'io.modelcontextprotocol/logLevel': logLevel }),
      'io.modelcontextprotocol/protocolVersion': this.protocolVersion,
      'io.modelcontextprotocol/clientInfo': this.#clientInfo,
      'io.modelcontextprotocol/clientCapabilities': this.#capabilities,
    };
    const message = { jsonrpc: '2.0' as const, id: this.#nextId++, method, params: { ...params, _meta } };
    const headers = {
      'mcp-protocol-version': this.protocolVersion,
      ...standardHeaders(method, params),
      ...(method === 'tools/call' && parameterHeaders(headerParameters, params.arguments)),
    };
    return this.#wire.post(message, headers, watch);
  }

  /**
   * Opens a stream of the notifications that `wanted` names, and reads it until it ends or the signal is aborted
   * (2026-07-28, Subscriptions). The first message acknowledges what the server honours.
   */
  listen(wanted: JsonObject, watch: Watcher = {}): Promise<Outcome> {
    return this.request('subscriptions/listen', { notifications: wanted }, watch);
  }
}
