import { settle } from '../awaitable.ts';
import type { Core } from '../core.ts';
import { errors } from '../errors.ts';
import { type LogLevel, logLevels, type RequestContext, RpcError, type SessionContext } from '../handler.ts';
import {
  isObject,
  type JsonObject,
  type JsonRpcErrorObject,
  type JsonRpcRequest,
  type JsonValue,
  type RequestId,
} from '../json-rpc.ts';
import type { Reply } from '../reply.ts';
import { errorText, type SessionEndReason } from '../trace.ts';
import type { Stream } from './stream.ts';

/** What a request needs of its session. */
export interface RequestOwner extends SessionContext {
  readonly core: Core;
  /** It has been answered, or never will be. */
  finished(request: RunningRequest): void;
}

/**
 * One request while its handler runs: what the handler is given, and where its answer goes.
 *
 * A connection that goes away does not end it (2025-11-25, Transports, Sending Messages to the Server, 6:
 * "Disconnection SHOULD NOT be interpreted as the client cancelling its request"); the answer waits in the log.
 */
export class RunningRequest implements RequestContext {
  readonly #session: RequestOwner;
  readonly #request: JsonRpcRequest;
  readonly #reply: Reply;
  /** `undefined` where the answer is one JSON object. */
  readonly #stream: Stream | undefined;
  #controller: AbortController | undefined;
  #aborted = false;
  #over = false;

  constructor(session: RequestOwner, request: JsonRpcRequest, reply: Reply, stream: Stream | undefined) {
    this.#session = session;
    this.#request = request;
    this.#reply = reply;
    this.#stream = stream;
  }

  get requestId(): RequestId {
    return this.#request.id;
  }

  get method(): string {
    return this.#request.method;
  }

  get session(): RequestContext['session'] {
    return this.#session.session;
  }

  get protocolVersion(): string {
    return this.#session.protocolVersion;
  }

  get clientInfo(): RequestContext['clientInfo'] {
    return this.#session.clientInfo;
  }

  get clientCapabilities(): JsonObject {
    return this.#session.clientCapabilities;
  }

  /** Made when a handler first asks for it: most never do. */
  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      if (this.#aborted) this.#controller.abort();
    }
    return this.#controller.signal;
  }

  notify(method: string, params?: JsonObject): void {
    if (this.#over) {
      this.#session.core.trace?.(
        { type: 'message-dropped', method, why: 'request-already-answered' },
        this.#reply.place(this.#stream?.name),
      );
      return;
    }
    this.#stream?.append(encodeNotification(method, params), false);
  }

  log(level: LogLevel, data: JsonValue, logger?: string): void {
    if (logLevels.indexOf(level) < logLevels.indexOf(this.#session.session.logLevel)) return;
    this.notify('notifications/message', logger === undefined ? { level, data } : { level, logger, data });
  }

  broadcast(method: string, params?: JsonObject): void {
    this.#session.broadcast(method, params);
  }

  /** Lets the handler answer. */
  run(): void {
    const { handler } = this.#session.core.options;
    try {
      settle(
        handler.request(this.#request, this),
        (result) => this.#answerResult(result),
        (error) => this.#answerError(error),
      );
    } catch (error) {
      this.#answerError(error);
    }
  }

  /** The client takes the request back: the handler is told, and the stream ends without an answer (rule P15). */
  cancel(): void {
    if (!this.#finish()) return;
    if (this.#stream) this.#stream.end();
    else this.#reply.empty(202);
    this.#abort();
  }

  /** The session ended under it; its streams are closed already. */
  abandon(reason: SessionEndReason): void {
    if (!this.#finish()) return;
    if (!this.#stream) this.#reply.refuse('sessionNotFound', {}, { reason });
    this.#abort();
  }

  #answerResult(result: unknown): void {
    // Without this a forgotten `return` would be sent as a response that has neither result nor error.
    if (!isObject(result)) throw new TypeError(`The handler of ${this.method} must answer with an object.`);
    this.#answer(JSON.stringify({ jsonrpc: '2.0', id: this.#request.id, result }));
  }

  #answer(json: string): void {
    if (!this.#finish()) return;
    if (this.#stream) this.#stream.append(json, true);
    else this.#reply.json(200, json);
  }

  /** A handler's own error is its answer; what it did not mean to throw stays inside (rule G6). */
  #answerError(thrown: unknown): void {
    let json: string | undefined;
    let fault = thrown;
    if (thrown instanceof RpcError) {
      try {
        json = this.#encodeError(thrown.toJSON());
      } catch (unencodable) {
        fault = unencodable;
      }
    }
    if (json === undefined) {
      this.#session.core.trace?.(
        { type: 'handler-failed', method: this.method, error: errorText(fault) },
        this.#reply.place(this.#stream?.name),
      );
      const { code, message } = errors.handlerFailed;
      json = this.#encodeError({ code, message });
    }
    this.#answer(json);
  }

  #encodeError(error: JsonRpcErrorObject): string {
    return JSON.stringify({ jsonrpc: '2.0', id: this.#request.id, error });
  }

  /** Once over, a request neither answers nor notifies again. */
  #finish(): boolean {
    if (this.#over) return false;
    this.#over = true;
    this.#session.finished(this);
    return true;
  }

  #abort(): void {
    this.#aborted = true;
    this.#controller?.abort();
  }
}

export function encodeNotification(method: string, params: JsonObject | undefined): string {
  return JSON.stringify(params === undefined ? { jsonrpc: '2.0', method } : { jsonrpc: '2.0', method, params });
}
