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

/** What a server says of itself in the answer to `initialize` and to `server/discover`. */
export interface ServerDescription {
  serverInfo: Implementation;
  capabilities: JsonObject;
  instructions?: string;
}

export interface Handler {
  /** Read at each `initialize`, `server/discover` and `subscriptions/listen`, and for each result of the modern era. */
  describe(): ServerDescription;
  /**
   * Answers one request, of either era. `initialize`, `server/discover` and `subscriptions/listen` never arrive here:
   * the transport answers them.
   * @throws RpcError to answer with that JSON-RPC error; anything else becomes "Internal error" without its text
   */
  request(request: JsonRpcRequest, context: RequestContext): Awaitable<JsonObject>;
  /** Told of each notification of the handshake era but `notifications/cancelled`, which the transport carries out. */
  notification?(notification: JsonRpcNotification, context: MessageContext): Awaitable<void>;
  /**
   * Whether there is such a method: the modern era answers 404 where there is not (rule M7). Without this function
   * every method is passed on, and what is answered with -32601 counts as unknown.
   */
  serves?(method: string): boolean;
  /**
   * The parameters of a tool that its callers mirror into headers (rule M6), as `headerParameters` reads them from the
   * tool's schema; `undefined` when there is no such tool.
   */
  headerParameters?(tool: string): readonly HeaderParameter[] | undefined;
}

/** A property of a tool's arguments that stands in the header `Mcp-Param-<name>` too. */
export interface HeaderParameter {
  /** As the schema writes it; headers are compared without case. */
  readonly name: string;
  /** The keys that lead from the arguments to the value. */
  readonly path: readonly string[];
  readonly type: 'string' | 'integer' | 'boolean';
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

/** Where a message came from: what holds for requests and notifications alike. */
export interface MessageContext {
  /** The session it belongs to; `null` where there are none: in the modern era, and in stateless mode. */
  readonly session: SessionHandle | null;
  readonly protocolVersion: string;
  /** What the client says of itself; `null` when it does not, or when it said so to no one who remembers. */
  readonly clientInfo: Implementation | null;
  readonly clientCapabilities: JsonObject;
  /** Who calls, as the option `principal` found; `null` without that option. */
  readonly principal: string | null;
  /** Sends a notification to everyone it concerns (rules E5, L4): see `StreamableHttpTransport.broadcast`. */
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
  /**
   * Sends the client a request that belongs to none of its own, on the standalone stream, and waits for the answer
   * (rules C1 to C5).
   * @throws AskError when there is no answer, with the reason
   */
  request(method: string, params?: JsonObject, options?: ClientRequestOptions): Promise<JsonObject>;
}

export interface ClientRequestOptions {
  /** Overrides the option `clientRequestTimeoutMs`. */
  timeoutMs?: number;
}

export interface RequestContext extends MessageContext {
  readonly requestId: RequestId;
  /** Aborted when the client cancels the request, or when its session ends. */
  readonly signal: AbortSignal;
  /** Sends a notification on the stream of this very request (rules E4, M10). */
  notify(method: string, params?: JsonObject): void;
  /** Sends a log message on this request's stream, if the client asked for that level (rule M12). */
  log(level: LogLevel, data: JsonValue, logger?: string): void;
  /**
   * Asks the client, and goes on with its answers, checked and by the same keys. One piece of code for both eras
   * (rule I4): in the handshake era each question is a request to the client; in the modern era the result of this
   * request is `input_required`, and the handler runs **again from its beginning** when the client retries with the
   * answers. Questions that were answered in an earlier round are not asked again, so the same keys must mean the same
   * questions, and whatever must happen once belongs behind the last question.
   * @throws AskError when there is no answer, with the reason
   */
  ask<Questions extends InputRequests>(
    questions: Questions,
    options?: AskOptions,
  ): Promise<{ [Key in keyof Questions]: JsonObject }>;
  /** What the handler gave to `ask` as `state` in the round before; `undefined` in the first (rule I2). */
  readonly state: JsonValue | undefined;
  /**
   * Refuses the request unless the client declared these capabilities (rule M14).
   * @throws AskError
   */
  require(capabilities: JsonObject): void;
  /**
   * Sends the client a request on this request's stream, and waits for the answer (rules C1 to C5). Handshake era only:
   * `ask` is for both.
   * @throws AskError when there is no answer, with the reason
   */
  request(method: string, params?: JsonObject, options?: ClientRequestOptions): Promise<JsonObject>;
  /**
   * Closes the connection that carries this request's stream, and goes on working: the client comes back for the rest
   * (rule E8).
   * @returns `false` where nothing could be resumed; then the connection stays
   */
  hangUp(): boolean;
}

/** What a server may ask a client. Make one with `elicitation`, `sampling` or `roots`. */
export type InputRequest =
  | { method: 'elicitation/create'; params: JsonObject }
  | { method: 'sampling/createMessage'; params: JsonObject }
  | { method: 'roots/list'; params: JsonObject };

/** Questions by keys of the server's choice. */
export type InputRequests = { readonly [key: string]: InputRequest };

export interface AskOptions extends ClientRequestOptions {
  /** Comes back as `context.state` in the next round, sealed on its way (modern era; rule I2). */
  state?: JsonValue;
  /** The answers count once: when a retry has completed the request, every other one with that state is refused (I2). */
  once?: boolean;
}

/** Why a client gave no answer. */
export type AskFailure =
  /** It will come with the client's next request, which runs the handler anew: this run is over (modern era). */
  | 'asked'
  /** The client never declared that it can (rules C2, M14). */
  | 'capability-undeclared'
  /** Nobody could carry the question: stateless mode, or answers in JSON (rule C2). */
  | 'no-way-to-ask'
  /** This request may not be answered with questions (rule I1). */
  | 'not-from-here'
  /** The time was up (rule C4). */
  | 'timed-out'
  /** The client cancelled the request that asked (rule C4). */
  | 'cancelled'
  /** The session ended (rule C5). */
  | 'session-ended'
  /** The client answered with an error. `data` holds it. */
  | 'client-error'
  /** The client answered with something that is no answer to the question (rule I5). */
  | 'answer-invalid';

/** There is no answer. A handler that does not catch it answers its own request with this error. */
export class AskError extends RpcError {
  readonly reason: AskFailure;

  constructor(reason: AskFailure, code: number, message: string, data?: JsonValue) {
    super(code, message, data);
    this.name = 'AskError';
    this.reason = reason;
  }
}
