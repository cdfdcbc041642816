/** What a client of the handshake era does by itself, on top of one that does nothing by itself. */

import {
  type JsonObject,
  type JsonRpcErrorObject,
  type JsonRpcMessage,
  type JsonRpcRequest,
  type RequestId,
  rpcCodes,
} from '../transport/json-rpc.ts';
import type { Answer } from './answers.ts';
import type { Frame } from './frames.ts';
import { type Outcome, parseMessage, responseOutcome } from './outcome.ts';
import type { Watcher } from './wire.ts';
import type { WireClient } from './wire-client.ts';

/** How long to wait before reconnecting where the server does not say (WHATWG HTML, 9.2.2: "a few seconds"). */
const defaultRetryMs = 1_000;
/** A stream that brings nothing this often in a row is given up. */
const maxFruitlessResumes = 5;

/** Answers the server's requests, and comes back to a stream that ended too early. */
export class HandshakeSession {
  readonly client: WireClient;
  readonly #answer: Answer | undefined;
  /** What the server asked and is still waiting for. */
  readonly #asked = new Set<RequestId>();

  /** @param answer without it, every request of the server's but `ping` is answered with an error */
  constructor(client: WireClient, answer?: Answer) {
    this.client = client;
    this.#answer = answer;
  }

  /** Sends a request, and resumes its stream until the response is there, nothing can be resumed, or the caller gives up. */
  async request(method: string, params?: JsonObject, watch: Watcher = {}): Promise<Outcome> {
    const id = this.client.nextRequestId;
    const stream = new StreamReader(watch, (message) => this.#heard(message));
    let outcome = await this.client.request(method, params, { ...watch, onFrame: stream.onFrame });
    let fruitless = 0;
    while (hasBroken(outcome) && fruitless < maxFruitlessResumes) {
      const { lastEventId } = stream;
      if (lastEventId === undefined) break;
      if (!(await stream.pause())) return { kind: 'aborted' };
      outcome = await this.#resume(id, lastEventId, stream, watch);
      fruitless = stream.lastEventId === lastEventId ? fruitless + 1 : 0;
    }
    return outcome;
  }

  /**
   * Opens the standalone stream, answers what the server asks there, and comes back whenever it ends, until the signal is
   * aborted or the server refuses.
   */
  async listen(watch: Watcher = {}): Promise<Outcome> {
    const stream = new StreamReader(watch, (message) => this.#heard(message));
    for (;;) {
      const { lastEventId } = stream;
      const outcome = await this.client.listen({
        ...watch,
        onFrame: stream.onFrame,
        ...(lastEventId !== undefined && { lastEventId }),
      });
      const ended = outcome.kind === 'accepted' || outcome.kind === 'unreachable';
      if (!ended) return outcome;
      if (!(await stream.pause())) return { kind: 'aborted' };
    }
  }

  /** Reads on after `lastEventId`, and no further than the response: the server may leave the stream open after it. */
  async #resume(id: number, lastEventId: string, stream: StreamReader, watch: Watcher): Promise<Outcome> {
    const enough = new AbortController();
    const signal = watch.signal ? AbortSignal.any([watch.signal, enough.signal]) : enough.signal;
    let head: { status: number; headers: Headers } | undefined;
    let answer: Outcome | undefined;
    const outcome = await this.client.listen({
      lastEventId,
      signal,
      onHead: (given) => {
        head = given;
        watch.onHead?.(given);
      },
      onFrame: (frame) => {
        stream.onFrame(frame);
        if (!head || frame.data === undefined) return;
        answer ??= responseOutcome(parseMessage(frame.data), id, head);
        if (answer) enough.abort();
      },
    });
    if (answer) return answer;
    return outcome.kind === 'accepted' ? { ...outcome, kind: 'no-response' } : outcome;
  }

  #heard(message: JsonRpcMessage): void {
    if (!('method' in message)) return;
    if ('id' in message) void this.#respond(message);
    // What the server no longer waits for is not answered (2025-11-25, Cancellation, Behavior Requirements).
    else if (message.method === 'notifications/cancelled') this.#asked.delete(message.params?.requestId as RequestId);
  }

  async #respond(request: JsonRpcRequest): Promise<void> {
    this.#asked.add(request.id);
    const answer = await this.#answerTo(request);
    if (this.#asked.delete(request.id)) await this.client.respond(request.id, answer);
  }

  async #answerTo({ method, params }: JsonRpcRequest): Promise<{ result: JsonObject } | { error: JsonRpcErrorObject }> {
    if (method === 'ping') return { result: {} };
    if (!this.#answer) return { error: { code: rpcCodes.methodNotFound, message: `Method not found: ${method}` } };
    try {
      return { result: await this.#answer({ method, ...(params && { params }) }) };
    } catch (error) {
      return {
        error: { code: rpcCodes.internalError, message: error instanceof Error ? error.message : String(error) },
      };
    }
  }
}

/** What a stream has said of how to come back to it, whichever connection it said it on. */
class StreamReader {
  lastEventId: string | undefined;
  #retryMs = defaultRetryMs;
  readonly #watch: Watcher;
  readonly #onMessage: (message: JsonRpcMessage) => void;

  constructor(watch: Watcher, onMessage: (message: JsonRpcMessage) => void) {
    this.#watch = watch;
    this.#onMessage = onMessage;
  }

  readonly onFrame = (frame: Frame): void => {
    this.lastEventId = frame.id ?? this.lastEventId;
    this.#retryMs = frame.retry ?? this.#retryMs;
    this.#watch.onFrame?.(frame);
    const message = frame.data === undefined ? undefined : parseMessage(frame.data);
    if (message) this.#onMessage(message);
  };

  /** Waits as long as the server asked. `false`: the caller gave up in the meantime. */
  pause(): Promise<boolean> {
    const { signal } = this.#watch;
    if (signal?.aborted) return Promise.resolve(false);
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', done);
        resolve(!signal?.aborted);
      };
      const timer = setTimeout(done, this.#retryMs);
      signal?.addEventListener('abort', done);
    });
  }
}

/** Whether the stream ended, or the connection broke, before the response was there. */
function hasBroken({ kind }: Outcome): boolean {
  return kind === 'no-response' || kind === 'unreachable';
}
