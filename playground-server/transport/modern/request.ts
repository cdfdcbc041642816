import { ignorable, settle } from '../awaitable.ts';
import { undeclaredOf } from '../capabilities.ts';
import type { Connections } from '../connections.ts';
import type { Core } from '../core.ts';
import { encodeError, encodeNotification, encodeResult } from '../encode.ts';
import { type ErrorName, errors } from '../errors.ts';
import {
  AskError,
  type AskFailure,
  type AskOptions,
  type InputRequests,
  type LogLevel,
  logLevels,
  type RequestContext,
  RpcError,
} from '../handler.ts';
import { missingCapabilities } from '../inputs.ts';
import {
  isObject,
  type JsonObject,
  type JsonRpcRequest,
  type JsonValue,
  modernCodes,
  type RequestId,
  rpcCodes,
} from '../json-rpc.ts';
import { LateSignal } from '../late-signal.ts';
import { refusal } from '../refusal.ts';
import type { Reply } from '../reply.ts';
import { errorText } from '../trace.ts';
import { Answer } from './answer.ts';
import { type InputRound, openRound } from './input-required.ts';
import type { Metadata } from './metadata.ts';
import { sentResult } from './result.ts';

/** The methods whose result may be a question (2026-07-28, Multi Round-Trip Requests; rule I1). */
const mayAsk = new Set(['tools/call', 'prompts/get', 'resources/read']);

/** What a request needs of its endpoint. */
export interface RequestOwner {
  readonly core: Core;
  /** Requests that run, and have said nothing yet. */
  readonly silent: Connections;
  /** Broadcasts on every instance. */
  tellEveryone(method: string, params?: JsonObject): void;
  /** It goes on beyond this turn. */
  pending(request: ModernRequest): void;
  /** It has been answered, or never will be. */
  finished(request: ModernRequest): void;
}

/** One request of the modern era while its handler runs: what the handler is given, and what becomes of its result. */
export class ModernRequest implements RequestContext {
  /** This era has none. */
  readonly session = null;
  readonly #owner: RequestOwner;
  readonly #request: JsonRpcRequest;
  readonly #metadata: Metadata;
  readonly #reply: Reply;
  readonly #answer: Answer;
  #round: InputRound | undefined;
  readonly #cancelled = new LateSignal();
  #over = false;

  constructor(owner: RequestOwner, request: JsonRpcRequest, metadata: Metadata, reply: Reply) {
    this.#owner = owner;
    this.#request = request;
    this.#metadata = metadata;
    this.#reply = reply;
    this.#answer = new Answer(owner.core, owner.silent, request, reply, () => this.#cancel());
  }

  get requestId(): RequestId {
    return this.#request.id;
  }

  get method(): string {
    return this.#request.method;
  }

  get protocolVersion(): string {
    return this.#metadata.protocolVersion;
  }

  get clientInfo(): RequestContext['clientInfo'] {
    return this.#metadata.clientInfo;
  }

  get clientCapabilities(): JsonObject {
    return this.#metadata.clientCapabilities;
  }

  get principal(): string | null {
    return this.#reply.principal;
  }

  get state(): JsonValue | undefined {
    return this.#round?.state;
  }

  get signal(): AbortSignal {
    return this.#cancelled.signal;
  }

  /** Answers, now or later. A handler that does not wait costs no promise and no timer. */
  start(): void {
    if (!mayAsk.has(this.method)) this.#run();
    else {
      settle(
        openRound(this.#owner.core, this.#request, this.#metadata, this.principal),
        (opened) => {
          if (opened.kind === 'invalid') return this.#refuse('requestStateInvalid');
          this.#round = opened.round;
          this.#run();
        },
        (error) => {
          if (this.#finish()) this.#answer.fault(error);
        },
      );
    }
    if (this.#over) return;
    this.#owner.pending(this);
    this.#answer.watch();
  }

  notify(method: string, params?: JsonObject): void {
    if (method === 'notifications/message' && !this.#wantsLog(params?.level)) return;
    if (this.#over) return this.#dropped(method, 'request-already-answered');
    if (!this.#answer.notify(encodeNotification(method, params))) this.#dropped(method, 'no-stream');
  }

  log(level: LogLevel, data: JsonValue, logger?: string): void {
    this.notify('notifications/message', logger === undefined ? { level, data } : { level, logger, data });
  }

  ask<Questions extends InputRequests>(
    questions: Questions,
    options: AskOptions = {},
  ): Promise<{ [Key in keyof Questions]: JsonObject }> {
    return ignorable(this.#ask(questions, options));
  }

  require(capabilities: JsonObject): void {
    refuseUndeclared(undeclaredOf(capabilities, this.clientCapabilities));
  }

  /** "The server MUST NOT send independent JSON-RPC requests" (2026-07-28, Streamable HTTP, Receiving Messages). */
  request(): Promise<JsonObject> {
    const refused = askError('no-way-to-ask', 'askedByRequest', { version: this.protocolVersion });
    return ignorable(Promise.reject(refused));
  }

  /** Nothing can be resumed in this era. */
  hangUp(): boolean {
    return false;
  }

  broadcast(method: string, params?: JsonObject): void {
    this.#owner.tellEveryone(method, params);
  }

  /** The server is going away, and does not wait any longer (rule X1). */
  abandon(): void {
    this.#refuse('modernClosing');
    this.#cancelled.abort();
  }

  #run(): void {
    // Its client may have left while `requestState` was opened.
    if (this.#over) return;
    try {
      settle(
        this.#owner.core.options.handler.request(this.#request, this),
        (result) => this.#answerResult(result),
        (error) => this.#answerError(error),
      );
    } catch (error) {
      this.#answerError(error);
    }
  }

  async #ask<Questions extends InputRequests>(
    questions: Questions,
    options: AskOptions,
  ): Promise<{ [Key in keyof Questions]: JsonObject }> {
    if (!this.#round) throw askError('not-from-here', 'askedFromElsewhere', { method: this.method });
    if (this.#over) throw new AskError('cancelled', rpcCodes.internalError, 'The request that asks is over.');
    refuseUndeclared(missingCapabilities(questions, this.clientCapabilities));
    const outcome = await this.#round.ask(questions, options);
    if (outcome.kind === 'answers') return outcome.answers as { [Key in keyof Questions]: JsonObject };
    this.#answerResult(outcome.result);
    // Never sent: the request has just been answered. It ends the handler's run, and its `finally` blocks see to the rest.
    throw new AskError('asked', rpcCodes.internalError, 'The client is asked; its answers come with its next request.');
  }

  #answerResult(result: unknown): void {
    if (this.#over) return;
    // Without this a forgotten `return` would be sent as a response that has neither result nor error.
    if (!isObject(result)) throw new TypeError(`The handler of ${this.method} must answer with an object.`);
    const { serverInfo } = this.#owner.core.options.handler.describe();
    const sent = sentResult(this.method, result as JsonObject, serverInfo);
    this.#complete(200, encodeResult(this.#request.id, sent));
  }

  /** A handler's own error is its answer; what it did not mean to throw stays inside (rules G6, M8). */
  #answerError(thrown: unknown): void {
    // What a handler throws after its request was cancelled, or has become a question, is how it stops.
    if (this.#over) return;
    let fault = thrown;
    if (thrown instanceof RpcError) {
      try {
        return this.#complete(this.#statusOf(thrown.code), encodeError(this.#request.id, thrown.toJSON()));
      } catch (unencodable) {
        fault = unencodable;
      }
    }
    if (this.#owner.core.trace) {
      this.#reply.trace({ type: 'handler-failed', method: this.method, error: errorText(fault) });
    }
    const { status, code, message } = errors.handlerFailed;
    this.#complete(status, encodeError(this.#request.id, { code, message }));
  }

  /** A handler that cannot say beforehand which methods it has says so by this code (rule M7). */
  #statusOf(code: number): number {
    if (code === modernCodes.missingCapability) return errors.capabilityMissing.status;
    const { handler } = this.#owner.core.options;
    return code === rpcCodes.methodNotFound && !handler.serves ? errors.methodNotFound.status : 200;
  }

  #complete(status: number, json: string): void {
    if (this.#finish()) this.#answer.complete(status, json);
  }

  #refuse(name: ErrorName): void {
    if (this.#finish()) this.#answer.refuse(name);
  }

  /** "Closing the SSE response stream MUST be treated as cancellation" (2026-07-28, Streamable HTTP, Cancellation). */
  #cancel(): void {
    if (!this.#finish()) return;
    if (this.#owner.core.trace) this.#reply.trace({ type: 'request-cancelled', id: this.#request.id });
    this.#cancelled.abort();
  }

  #finish(): boolean {
    if (this.#over) return false;
    this.#over = true;
    this.#owner.finished(this);
    return true;
  }

  /** Without a level in `_meta` nothing is logged at all (rule M12). */
  #wantsLog(level: JsonValue | undefined): boolean {
    const { logLevel } = this.#metadata;
    return logLevel !== null && logLevels.indexOf(level as LogLevel) >= logLevels.indexOf(logLevel);
  }

  #dropped(method: string, why: 'request-already-answered' | 'no-stream'): void {
    if (this.#owner.core.trace) this.#reply.trace({ type: 'message-dropped', method, why });
  }
}

/** Rule M14: "the server MUST return a MissingRequiredClientCapabilityError" (2026-07-28, Base Protocol, `_meta`). */
function refuseUndeclared(missing: JsonObject | undefined): void {
  if (!missing) return;
  const capabilities = JSON.stringify(missing);
  throw askError('capability-undeclared', 'capabilityMissing', { capabilities }, { requiredCapabilities: missing });
}

function askError(reason: AskFailure, name: ErrorName, values: Record<string, string>, data?: JsonObject): AskError {
  const { entry, message } = refusal(name, values);
  return new AskError(reason, entry.code, message, data);
}
