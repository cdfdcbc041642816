/**
 * The seam between the transport and the MCP server behind it: what a server must offer, and what it is given.
 *
 * The transport owns HTTP, sessions, streams and the protocol version; the handler owns what the methods mean.
 */

import type {
  JsonObject,
  JsonRpcErrorObject,
  JsonRpcNotification,
  JsonRpcRequest,
  JsonValue,
  RequestId,
} from './json-rpc.ts';

/** A result now or later. Code on the hot path asks first, and never awaits what is already there. */
export type Awaitable<T> = T | Promise<T>;

/** The levels of RFC 5424 from the least to the most urgent, as MCP logging names them. */
export const logLevels = ['debug', 'info', 'notice', 'warning', 'error', 'critical', 'alert', 'emergency'] as const;
export type LogLevel = (typeof logLevels)[number];

/** `name` and `version` at least; more (title, icons …) is handed on as it is. */
export interface Implementation {
  name: string;
  version: string;
  [key: string]: JsonValue;
}

/** What a server says of itself in the answer to `initialize`. */
export interface ServerDescription {
  serverInfo: Implementation;
  capabilities: JsonObject;
  instructions?: string;
}

export interface Handler {
  /** Read at each `initialize`. */
  describe(): ServerDescription;
  /**
   * Answers one request. `initialize` never arrives here: the transport negotiates it.
   * @throws RpcError to answer with that JSON-RPC error; anything else becomes "Internal error" without its text
   */
  request(request: JsonRpcRequest, context: RequestContext): Awaitable<JsonObject>;
  /** Told of each notification but `notifications/cancelled`, which the transport carries out. */
  notification?(notification: JsonRpcNotification, context: SessionContext): Awaitable<void>;
}

/** A JSON-RPC error meant for the client: its code, message and data are sent as they are. */
export class RpcError extends Error {
  readonly code: number;
  readonly data: JsonValue | undefined;

  constructor(code: number, message: string, data?: JsonValue) {
    super(message);
    this.name = 'RpcError';
    this.code = code;
    this.data = data;
  }

  toJSON(): JsonRpcErrorObject {
    return this.data === undefined
      ? { code: this.code, message: this.message }
      : { code: this.code, message: this.message, data: this.data };
  }
}

/** The session a message belongs to, as its handler may see and change it. */
export interface SessionContext {
  readonly session: SessionHandle;
  readonly protocolVersion: string;
  readonly clientInfo: Implementation;
  readonly clientCapabilities: JsonObject;
  /** Sends a notification to every session it concerns (rule E5): see `StreamableHttpTransport.broadcast`. */
  broadcast(method: string, params?: JsonObject): void;
}

export interface SessionHandle {
  readonly id: string;
  readonly logLevel: LogLevel;
  setLogLevel(level: LogLevel): Awaitable<void>;
  /** From now on `broadcast` of `notifications/resources/updated` for this URI reaches this session (rule E5). */
  subscribe(uri: string): Awaitable<void>;
  unsubscribe(uri: string): Awaitable<void>;
  /** Serialisable state that lives as long as the session, wherever the session is served. */
  get(key: string): Awaitable<JsonValue | undefined>;
  set(key: string, value: JsonValue): Awaitable<void>;
  keys(): Awaitable<string[]>;
  /** Sends a notification that belongs to no request: it travels on the standalone stream (rule E4). */
  notify(method: string, params?: JsonObject): void;
}

export interface RequestContext extends SessionContext {
  readonly requestId: RequestId;
  /** Aborted when the client cancels the request, or when its session ends. */
  readonly signal: AbortSignal;
  /** Sends a notification on the stream of this very request (rule E4). */
  notify(method: string, params?: JsonObject): void;
  /** Sends a log message on this request's stream, if the session asked for that level. */
  log(level: LogLevel, data: JsonValue, logger?: string): void;
}
