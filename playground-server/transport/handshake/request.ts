import { ignorable, settle } from '../awaitable.ts';
import { undeclaredOf } from '../capabilities.ts';
import type { Core } from '../core.ts';
import { encodeError, encodeNotification, encodeResult } from '../encode.ts';
import { errors } from '../errors.ts';
import {
  AskError,
  type AskOptions,
  type ClientRequestOptions,
  type InputRequests,
  type LogLevel,
  logLevels,
  type MessageContext,
  type RequestContext,
  RpcError,
} from '../handler.ts';
import { answerProblem, missingCapabilities } from '../inputs.ts';
import {
  isObject,
  type JsonObject,
  type JsonRpcRequest,
  type JsonValue,
  type RequestId,
  rpcCodes,
} from '../json-rpc.ts';
import { LateSignal } from '../late-signal.ts';
import type { Reply } from '../reply.ts';
import { errorText, type SessionEndReason, type TracePlace } from '../trace.ts';
import { type ClientRequests, refuseUnaskable, refuseWithoutWay, undeclared } from './client-requests.ts';
import type { Outlet } from './outlet.ts';

/** What a request needs of its session, or of what stands in for one in stateless mode. */
export interface RequestOwner extends MessageContext {
  readonly core: Core;
  readonly logLevel: LogLevel;
  /** `undefined` where nobody could answer. */
  readonly clientRequests: ClientRequests | undefined;
  /** It neither asks nor answers any more. */
  over(request: RunningRequest): void;
  /** Its answer is where its client can get it, or there will be none: it counts no more. */
  finished(request: RunningRequest): void;
}

/**
 * One request while its handler runs: what the handler is given, and where its answer goes.
 *
 * A connection that goes away does not end it (2025-11-25, Transports, Sending Messages to the Server, 6:
 * "Disconnection SHOULD NOT be interpreted as the client cancelling its request"); the answer waits in the log.
 */
export class RunningRequest implements RequestContext {
  /** In this era there are no rounds: `ask` goes on where it was. */
  readonly state = undefined;
  readonly #session: RequestOwner;
  readonly #request: JsonRpcRequest;
  readonly #reply: Reply;
  readonly #outlet: Outlet;
  /** The number under which the store counts it; 0: only this instance does. */
  readonly countedAs: number;
  readonly #cancelled = new LateSignal();
  #over = false;
  /** A store that is asked over a network has the answer later than it is given. */
  readonly #settled = (): void => this.#session.finished(this);

  constructor(session: RequestOwner, request: JsonRpcRequest, reply: Reply, outlet: Outlet, countedAs: number) {
    this.#session = session;
    this.#request = request;
    this.#reply = reply;
    this.#outlet = outlet;
    this.countedAs = countedAs;
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

  get principal(): string | null {
    return this.#session.principal;
  }

  get signal(): AbortSignal {
    return this.#cancelled.signal;
  }

  notify(method: string, params?: JsonObject): void {
    const why = this.#over ? 'request-already-answered' : this.#outlet.stream ? undefined : 'no-stream';
    if (!why) return this.#outlet.notify(encodeNotification(method, params));
    this.#session.core.trace?.({ type: 'message-dropped', method, why }, this.#place());
  }

  log(level: LogLevel, data: JsonValue, logger?: string): void {
    if (logLevels.indexOf(level) < logLevels.indexOf(this.#session.logLevel)) return;
    this.notify('notifications/message', logger === undefined ? { level, data } : { level, logger, data });
  }

  ask<Questions extends InputRequests>(
    questions: Questions,
    options: AskOptions = {},
  ): Promise<{ [Key in keyof Questions]: JsonObject }> {
    return ignorable(this.#ask(questions, options));
  }

  require(capabilities: JsonObject): void {
    const missing = undeclaredOf(capabilities, this.clientCapabilities);
    if (missing) throw undeclared(missing);
  }

  request(method: string, params?: JsonObject, options: ClientRequestOptions = {}): Promise<JsonObject> {
    return ignorable(this.#askOne(method, params, options));
  }

  hangUp(): boolean {
    return !this.#over && this.#outlet.stream?.hangUp() === true;
  }

  broadcast(method: string, params?: JsonObject): void {
    this.#session.broadcast(method, params);
  }

  /** Lets the handler answer, unless it was taken back before. */
  run(): void {
    if (this.#over) return;
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

  /** It could not begin, and its client was told so. */
  refuse(): void {
    if (this.#finish()) this.#settled();
  }

  /** The client takes the request back: the handler is told, and the stream ends without an answer (rule P15). */
  cancel(): void {
    if (!this.#finish()) return;
    this.#outlet.withdraw(this.#settled);
    this.#cancelled.abort();
  }

  /** The session ended under it, or the server that has none; its streams are closed already. */
  abandon(reason?: SessionEndReason): void {
    if (!this.#finish()) return;
    this.#outlet.abandon(reason);
    this.#settled();
    this.#cancelled.abort();
  }

  /** This instance ends under it. The session does not: its client is answered (rule X1). */
  interrupt(): void {
    const { code, message } = errors.instanceDied;
    this.#answer(encodeError(this.#request.id, { code, message }));
    this.#cancelled.abort();
  }

  async #ask<Questions extends InputRequests>(
    questions: Questions,
    options: AskOptions,
  ): Promise<{ [Key in keyof Questions]: JsonObject }> {
    refuseWithoutWay(this.#session.core);
    const missing = missingCapabilities(questions, this.clientCapabilities);
    if (missing) throw undeclared(missing);
    const answers = Object.entries(questions).map(async ([key, question]) => {
      const answer = await this.#askOne(question.method, question.params, options);
      const problem = answerProblem(question, answer);
      if (problem === undefined) return [key, answer] as const;
      const words = `The client's answer to ${question.method} is not valid: ${problem}.`;
      throw new AskError('answer-invalid', rpcCodes.internalError, words);
    });
    return Object.fromEntries(await Promise.all(answers)) as { [Key in keyof Questions]: JsonObject };
  }

  async #askOne(
    method: string,
    params: JsonObject | undefined,
    { timeoutMs }: ClientRequestOptions,
  ): Promise<JsonObject> {
    const { clientRequests, core } = this.#session;
    refuseUnaskable(core, method, params, this.clientCapabilities);
    if (this.#over || !clientRequests) {
      throw new AskError('cancelled', rpcCodes.internalError, 'The request that asks is cancelled or answered.');
    }
    return clientRequests.send(this.#outlet, method, params, timeoutMs, this);
  }

  #answerResult(result: unknown): void {
    // Without this a forgotten `return` would be sent as a response that has neither result nor error.
    if (!isObject(result)) throw new TypeError(`The handler of ${this.method} must answer with an object.`);
    this.#answer(encodeResult(this.#request.id, result));
  }

  #answer(json: string): void {
    if (this.#finish()) this.#outlet.answer(json, this.#settled);
  }

  /** A handler's own error is its answer; what it did not mean to throw stays inside (rule G6). */
  #answerError(thrown: unknown): void {
    // What a handler throws after its request was cancelled is how it stops.
    if (this.#over) return;
    let json: string | undefined;
    let fault = thrown;
    if (thrown instanceof RpcError) {
      try {
        json = encodeError(this.#request.id, thrown.toJSON());
      } catch (unencodable) {
        fault = unencodable;
      }
    }
    if (json === undefined) {
      this.#session.core.trace?.(
        { type: 'handler-failed', method: this.method, error: errorText(fault) },
        this.#place(),
      );
      const { code, message } = errors.handlerFailed;
      json = encodeError(this.#request.id, { code, message });
    }
    this.#answer(json);
  }

  #place(): TracePlace {
    return this.#reply.place(this.#outlet.stream?.name);
  }

  /** Once over, a request neither answers nor notifies again, and what it asked the client is taken back. */
  #finish(): boolean {
    if (this.#over) return false;
    this.#over = true;
    this.#session.over(this);
    return true;
  }
}
