/**
 * Questions of a handler in the modern era (rules I1 to I5): they are the result of the request, and the client retries
 * it with the answers (2026-07-28, Multi Round-Trip Requests). Nothing of it is kept on the server: what the next round
 * needs to know goes along in the sealed `requestState`.
 */

import type { Core } from '../core.ts';
import { type AskOptions, type Awaitable, type InputRequest, type InputRequests, RpcError } from '../handler.ts';
import { answerProblem } from '../inputs.ts';
import { isObject, type JsonObject, type JsonRpcRequest, type JsonValue, rpcCodes } from '../json-rpc.ts';
import { randomId } from '../random-id.ts';
import type { Metadata } from './metadata.ts';
import { digestOf, type RequestState, type StateBinding, StateSeal } from './request-state.ts';

/** What one attempt at a request knows of the ones before. */
export interface InputRound {
  /** What the handler gave to `ask` in the round before. */
  readonly state: JsonValue | undefined;
  /**
   * The answers, when there is a valid one to each question; else the result that asks for those that are missing.
   * @throws RpcError when what has to be kept is too large
   */
  ask(questions: InputRequests, options: AskOptions): Awaitable<Asked>;
}

export type Asked =
  | { kind: 'answers'; answers: Record<string, JsonObject> }
  /** The `InputRequiredResult`, but for its `_meta`. */
  | { kind: 'asked'; result: JsonObject };

export type RoundOpening =
  | { kind: 'open'; round: InputRound }
  /** The `requestState` does not verify, for whatever cause (rule I2). */
  | { kind: 'invalid' };

/** Characters. It travels in a body twice, and clients keep it. */
const maxStateLength = 64 * 1024;
/** How far the clocks of two instances may be apart: a used state stays used on the slower one too. */
const maxClockSkewMs = 60_000;

/** Reads what came back from the round before; at once where nothing did. */
export function openRound(
  core: Core,
  request: JsonRpcRequest,
  metadata: Metadata,
  principal: string | null,
): Awaitable<RoundOpening> {
  const { requestState, inputResponses } = request.params ?? {};
  const sealing = new Sealing(core, request, metadata, principal);
  const responses = isObject(inputResponses) ? (inputResponses as JsonObject) : {};
  if (requestState === undefined) return { kind: 'open', round: new Round(sealing, responses) };
  return sealing.open(requestState).then((opened) => {
    return opened ? { kind: 'open', round: new Round(sealing, responses, opened) } : { kind: 'invalid' };
  });
}

class Round implements InputRound {
  readonly #sealing: Sealing;
  readonly #responses: JsonObject;
  readonly #opened: OpenedState | undefined;
  /** The valid answers so far, of this round and of earlier ones. */
  readonly #answers: Map<string, JsonValue>;

  constructor(sealing: Sealing, responses: JsonObject, opened?: OpenedState) {
    this.#sealing = sealing;
    this.#responses = responses;
    this.#opened = opened;
    this.#answers = new Map(Object.entries(opened?.state.answers ?? {}));
  }

  get state(): JsonValue | undefined {
    return this.#opened?.state.state;
  }

  ask(questions: InputRequests, { state, once = false }: AskOptions): Awaitable<Asked> {
    const answers: [string, JsonObject][] = [];
    const unanswered: [string, InputRequest][] = [];
    // Answers that count once come with the state that says so: without it they could be sent again and again.
    const count = !once || this.#opened?.state.once === true;
    for (const [key, question] of Object.entries(questions)) {
      const answer = count ? this.#answerTo(key, question) : undefined;
      if (answer) answers.push([key, answer]);
      else unanswered.push([key, question]);
    }
    if (unanswered.length === 0) return { kind: 'answers', answers: Object.fromEntries(answers) };
    return this.#askFor(Object.fromEntries(unanswered), state, once);
  }

  /** An answer that was given before stays: a handler may have acted on it. */
  #answerTo(key: string, question: InputRequest): JsonObject | undefined {
    const candidates = [this.#answers.get(key), Object.hasOwn(this.#responses, key) ? this.#responses[key] : undefined];
    const answer = candidates.find((given) => given !== undefined && answerProblem(question, given) === undefined);
    if (answer !== undefined) this.#answers.set(key, answer);
    return answer as JsonObject | undefined;
  }

  async #askFor(questions: JsonObject, state: JsonValue | undefined, once: boolean): Promise<Asked> {
    const result: JsonObject = { resultType: 'input_required', inputRequests: questions };
    if (state !== undefined || once || this.#opened?.state.once || this.#answers.size > 0) {
      result.requestState = await this.#sealing.seal(Object.fromEntries(this.#answers), state, once, this.#opened);
    }
    // Not used up: the client may come back with either state.
    await this.#opened?.giveBack();
    return { kind: 'asked', result };
  }
}

interface OpenedState {
  readonly state: RequestState;
  /** Lets a state that may be used once be used again. */
  giveBack(): Awaitable<void>;
}

const seals = new WeakMap<Core, Promise<StateSeal>>();

/** Seals and opens states for one request. */
class Sealing {
  readonly #core: Core;
  readonly #request: JsonRpcRequest;
  readonly #metadata: Metadata;
  readonly #principal: string | null;

  constructor(core: Core, request: JsonRpcRequest, metadata: Metadata, principal: string | null) {
    this.#core = core;
    this.#request = request;
    this.#metadata = metadata;
    this.#principal = principal;
  }

  /** @throws RpcError when it would be too large */
  async seal(answers: JsonObject, state: JsonValue | undefined, once: boolean, opened?: OpenedState): Promise<string> {
    const before = opened?.state;
    const sealed = await (await this.#seal()).seal(await this.#binding(), {
      // All states that may be used once in place of one another carry one id.
      id: before?.once ? before.id : randomId(16),
      expiresAt: Date.now() + this.#core.options.requestStateTtlMs,
      once: once || before?.once === true,
      ...(state !== undefined && { state }),
      answers,
    });
    if (sealed.length <= maxStateLength) return sealed;
    const words = `The requestState would have ${sealed.length} bytes, and ${maxStateLength} are allowed: keep less in it.`;
    throw new RpcError(rpcCodes.internalError, words);
  }

  /** A state that may be used once is claimed for as long as any instance might still open it. */
  async open(requestState: JsonValue): Promise<OpenedState | undefined> {
    if (typeof requestState !== 'string' || requestState.length > maxStateLength) return undefined;
    const state = await (await this.#seal()).open(await this.#binding(), requestState, Date.now());
    if (!state?.once) return state && { state, giveBack: () => {} };
    const { backplane, requestStateTtlMs } = this.#core.options;
    const claim = `request-state:${state.id}`;
    const fence = await backplane.claims.acquire(claim, requestStateTtlMs + maxClockSkewMs);
    return fence === null ? undefined : { state, giveBack: () => backplane.claims.release(claim, fence) };
  }

  #seal(): Promise<StateSeal> {
    const seal = seals.get(this.#core) ?? StateSeal.with(this.#core.options.requestStateKeys);
    seals.set(this.#core, seal);
    return seal;
  }

  async #binding(): Promise<StateBinding> {
    const { method, params = {} } = this.#request;
    // Of the parameters, these three differ between the rounds of one request.
    const { _meta, inputResponses, requestState, ...asked } = params;
    return {
      protocolVersion: this.#metadata.protocolVersion,
      method,
      target: asked.name ?? asked.uri ?? null,
      digest: await digestOf(asked),
      principal: this.#principal,
      audience: this.#core.options.handler.describe().serverInfo.name,
    };
  }
}
