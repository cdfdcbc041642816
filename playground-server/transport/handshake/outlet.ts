import type { Reply } from '../reply.ts';
import type { SessionEndReason } from '../trace.ts';
import type { Stream } from './stream.ts';

/** Where the messages of one request go. A `Stream` is one itself; here are the others. */
export interface Outlet {
  /** The stream that carries them; `undefined` where the answer is JSON. */
  readonly stream: Stream | undefined;
  /** A message on the way to the answer. */
  notify(json: string): void;
  /**
   * The response: nothing of this request follows.
   * @param settled it is where a client can get it: on its way, or in the log
   */
  answer(json: string, settled: () => void): void;
  /** There will be no response: the client took the request back (rule P15). */
  withdraw(settled: () => void): void;
  /**
   * There will be no response: the session ended under the request (rule S3). Without a reason there was none, and the
   * server ends (rule X1).
   */
  abandon(reason?: SessionEndReason): void;
}

/** @param reason `undefined`: the session does not end, or there is none; the server does */
export function refuseAbandoned(reply: Reply, reason: SessionEndReason | undefined): void {
  if (reason === undefined) reply.refuse('modernClosing');
  else reply.refuse('sessionNotFound', {}, { reason });
}

/** One JSON object. What a handler notifies has nowhere to go. */
export class JsonOutlet implements Outlet {
  readonly stream = undefined;
  readonly #reply: Reply;

  constructor(reply: Reply) {
    this.#reply = reply;
  }

  notify(): void {}

  answer(json: string, settled: () => void): void {
    this.#reply.json(200, json);
    settled();
  }

  /** A POST has to be answered, and there is nothing to say. */
  withdraw(settled: () => void): void {
    this.#reply.empty(202);
    settled();
  }

  abandon(reason?: SessionEndReason): void {
    refuseAbandoned(this.#reply, reason);
  }
}

/** The requests of one batch: the stream they share ends after the last response (rules P6, E10). */
export class BatchOutlet implements Outlet {
  readonly stream: Stream;
  #open: number;

  /** @param requests how many responses will come */
  constructor(stream: Stream, requests: number) {
    this.stream = stream;
    this.#open = requests;
  }

  notify(json: string): void {
    this.stream.append(json, false);
  }

  answer(json: string, settled: () => void): void {
    this.stream.append(json, --this.#open === 0, { settled });
  }

  withdraw(settled: () => void): void {
    if (--this.#open === 0) this.stream.end(settled);
    else settled();
  }

  abandon(): void {}
}

/** The requests of one batch, answered with one JSON array. */
export class JsonBatchOutlet implements Outlet {
  readonly stream = undefined;
  readonly #reply: Reply;
  readonly #responses: string[] = [];
  #open: number;

  constructor(reply: Reply, requests: number) {
    this.#reply = reply;
    this.#open = requests;
  }

  notify(): void {}

  answer(json: string, settled: () => void): void {
    this.#responses.push(json);
    this.withdraw(settled);
  }

  withdraw(settled: () => void): void {
    settled();
    if (--this.#open > 0) return;
    // An array of responses is never empty (JSON-RPC 2.0, section 6): where all were taken back there is nothing.
    if (this.#responses.length > 0) this.#reply.json(200, `[${this.#responses.join(',')}]`);
    else this.#reply.empty(202);
  }

  abandon(reason?: SessionEndReason): void {
    if (--this.#open === 0) refuseAbandoned(this.#reply, reason);
  }
}
