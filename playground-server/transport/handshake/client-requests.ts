import type { Core } from '../core.ts';
import { encodeNotification } from '../encode.ts';
import { AskError, type AskFailure, type InputRequest } from '../handler.ts';
import { missingCapabilities } from '../inputs.ts';
import { type JsonObject, type JsonRpcResponse, type RequestId, rpcCodes } from '../json-rpc.ts';

/** Where a question travels: the stream of the request that caused it, or the standalone one (rule C1). */
export interface QuestionCarrier {
  notify(json: string): void;
}

interface Pending {
  readonly method: string;
  readonly carrier: QuestionCarrier;
  readonly cause: object | undefined;
  readonly timer: ReturnType<typeof setTimeout>;
  resolve(result: JsonObject): void;
  reject(error: AskError): void;
}

/**
 * The requests that one session's client has yet to answer (rules C1 to C5).
 *
 * Their ids carry the boot id of this instance, so that whichever instance receives the response knows whom to tell.
 */
export class ClientRequests {
  readonly #core: Core;
  readonly #maskedSession: string;
  readonly #capabilities: JsonObject;
  readonly #pending = new Map<RequestId, Pending>();
  #count = 0;

  constructor(core: Core, maskedSession: string, capabilities: JsonObject) {
    this.#core = core;
    this.#maskedSession = maskedSession;
    this.#capabilities = capabilities;
  }

  /**
   * Sends a request and waits for its result.
   * @param cause what asks; when it ends, `cancelCausedBy` takes its questions back
   * @throws AskError
   */
  send(
    carrier: QuestionCarrier,
    method: string,
    params: JsonObject | undefined,
    timeoutMs: number | undefined,
    cause?: object,
  ): Promise<JsonObject> {
    refuseUnaskable(this.#core, method, params, this.#capabilities);
    const waitMs = timeoutMs ?? this.#core.options.clientRequestTimeoutMs;
    const id = `${this.#core.bus.bootId}.${++this.#count}`;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#withdraw(id, 'timed-out', `The client did not answer ${method} within ${waitMs} ms.`);
      }, waitMs);
      this.#pending.set(id, { method, carrier, cause, timer, resolve, reject });
      this.#core.trace?.({ type: 'client-asked', method, id }, { session: this.#maskedSession });
      carrier.notify(JSON.stringify({ jsonrpc: '2.0', id, method, ...(params && { params }) }));
    });
  }

  /** The ids of what is not answered. */
  waiting(): string[] {
    return [...this.#pending.keys()].map(String);
  }

  /** The first response to a question wins; `false` when nobody waits for this one (any more). */
  answered(response: JsonRpcResponse): boolean {
    const pending = response.id === undefined ? undefined : this.#take(response.id);
    if (!pending) return false;
    if ('result' in response) pending.resolve(response.result);
    else {
      const { code, message, data } = response.error;
      const words = `The client answered ${pending.method} with an error.`;
      const error: JsonObject = data === undefined ? { code, message } : { code, message, data };
      pending.reject(new AskError('client-error', rpcCodes.internalError, words, error));
    }
    return true;
  }

  /** What asked is over: the client need not answer any more (rule C4). */
  cancelCausedBy(cause: object): void {
    for (const [id, pending] of this.#pending) {
      if (pending.cause === cause) this.#withdraw(id, 'cancelled', 'The request that asked was cancelled or answered.');
    }
  }

  /** The session ended: nobody can answer any more, and nobody can be told (rule C5). */
  end(): void {
    for (const id of [...this.#pending.keys()]) {
      this.#take(id)?.reject(new AskError('session-ended', rpcCodes.internalError, 'The session ended.'));
    }
  }

  #withdraw(id: RequestId, failure: AskFailure, words: string): void {
    const pending = this.#take(id);
    if (!pending) return;
    pending.carrier.notify(encodeNotification('notifications/cancelled', { requestId: id, reason: words }));
    pending.reject(new AskError(failure, rpcCodes.internalError, words));
  }

  #take(id: RequestId): Pending | undefined {
    const pending = this.#pending.get(id);
    if (!pending) return undefined;
    this.#pending.delete(id);
    clearTimeout(pending.timer);
    return pending;
  }
}

/** The boot id of the instance that sent a request with this id, or `undefined` where it is none of ours. */
export function askedBy(id: RequestId | undefined): string | undefined {
  return typeof id === 'string' ? /^([0-9a-f]{16})\.\d{1,15}$/.exec(id)?.[1] : undefined;
}

/**
 * Rule C2: what cannot be answered is not asked.
 * @throws AskError with the reason
 */
export function refuseUnaskable(
  core: Core,
  method: string,
  params: JsonObject | undefined,
  capabilities: JsonObject,
): void {
  refuseWithoutWay(core);
  if (!isInputMethod(method)) return;
  const missing = missingCapabilities({ question: { method, params: params ?? {} } }, capabilities);
  if (missing) throw undeclared(missing);
}

/** Who can be asked nothing is told so first: what it declared is not known, or does not matter. */
export function refuseWithoutWay({ options: { stateless, enableJsonResponse } }: Core): void {
  if (!stateless && !enableJsonResponse) return;
  const why = stateless ? 'this server keeps no sessions' : 'this server answers in JSON, without streams';
  throw new AskError('no-way-to-ask', rpcCodes.invalidRequest, `The client cannot be asked: ${why}.`);
}

/** @param missing the capabilities, as the client would have to declare them */
export function undeclared(missing: JsonObject): AskError {
  const names = Object.keys(missing).join(', ');
  const words = `This needs a client capability that initialize did not declare: ${names}.`;
  return new AskError('capability-undeclared', rpcCodes.invalidRequest, words, { requiredCapabilities: missing });
}

function isInputMethod(method: string): method is InputRequest['method'] {
  return method === 'elicitation/create' || method === 'sampling/createMessage' || method === 'roots/list';
}
