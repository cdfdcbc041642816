import { setTimeout as sleep } from 'node:timers/promises';
import type { Json } from '../../contract/support/answer.ts';
import type { Frame } from '../../contract/support/frames.ts';
import { ReadStream } from '../../contract/support/torture/call.ts';
import type { Client } from './client.ts';
import type { Outcome } from './exchange.ts';

/** How long a client waits before it comes back. */
const againMs = 200;
/** Rule B5 gives ten seconds; this is more than one, on any machine. */
const mostResumes = 150;
let lastId = 0;

export interface CallOptions {
  /** Breaks the first connection off after so many events. */
  leaveAfter?: number;
  /** Told of the id as soon as the first event is there. */
  onBegin?(id: number): void;
  /** A request of the server. @returns whether its answer was heard */
  onRequest?(message: Json): Promise<boolean>;
}

/** One `tools/call` and all that came of it, over as many connections as it took. */
export class Call {
  readonly id = ++lastId;
  readonly began = Date.now();
  readonly stream = new ReadStream();
  readonly messages: Json[] = [];
  response: Json;
  resumes = 0;
  readonly #client: Client;
  readonly #options: CallOptions;
  #leave = new AbortController();
  #events = 0;
  #isUnheard = false;
  #responding: Promise<void> | undefined;

  constructor(client: Client, options: CallOptions = {}) {
    this.#client = client;
    this.#options = options;
  }

  /** Resolves when the result is here, or when it is clear why none will be. */
  async make(name: string, args: object): Promise<this> {
    const params = { name, arguments: args, _meta: { progressToken: this.id } };
    const body = JSON.stringify({ jsonrpc: '2.0', id: this.id, method: 'tools/call', params });
    const posted = await this.#client.ask({ method: 'POST', body, ...this.#reading() }, 200);
    if (posted.status === 200) await this.#follow(posted.end);
    // Its result may be here before the answer that it needed is known to have been taken.
    await this.#responding;
    for (const fault of this.stream.faults) this.#client.fault(`${name} ${this.id}: ${fault}`);
    return this;
  }

  get result(): Json {
    return this.response?.result;
  }

  /** @param ended how the connection did that was read last */
  async #follow(ended: Outcome['end']): Promise<void> {
    const { lab } = this.#client;
    let misses = 0;
    while (!this.response && this.stream.cursor !== undefined && !this.#isUnheard) {
      if (this.resumes++ > mostResumes) return this.#client.fault(`no answer came to ${this.id}`);
      await sleep(againMs);
      this.#leave = new AbortController();
      const headers = { 'Last-Event-ID': this.stream.cursor };
      const { status, end } = await this.#client.ask({ method: 'GET', headers, ...this.#reading() }, 200, 405);
      if (status === 404 && lab.isForgetful && misses++ < 12) continue;
      if (status === 405) return this.#ended(ended);
      if (status >= 400 && status < 500) return;
      if (status === 200) ended = end;
    }
    if (this.response && this.resumes > 0) lab.tally.happened('resumed');
  }

  /** Its end may have been written to a connection that was broken off; and what is cancelled has no other. */
  #ended(last: Outcome['end']): void {
    const { session, lab } = this.#client;
    const isCancelled = this.#options.onBegin !== undefined || session?.isExpired;
    if (last !== 'whole' || isCancelled || lab.disturbances.since(this.began, 'kill', 'store-down')) return;
    this.stream.faults.push('its stream ended without an answer');
  }

  #reading(): { onFrame(frame: Frame): void; signal: AbortSignal } {
    return { onFrame: (frame) => this.#take(frame), signal: this.#leave.signal };
  }

  #take(frame: Frame): void {
    if (this.#events++ === 0) this.#options.onBegin?.(this.id);
    // Without a session nothing can be resumed, and so nothing is numbered.
    const message: Json = this.#client.session ? this.stream.take(frame) : frame.data && JSON.parse(frame.data);
    if (this.#events === this.#options.leaveAfter) this.#leave.abort();
    if (!message) return;
    this.messages.push(message);
    if (message.method !== undefined && message.id !== undefined) this.#responding = this.#respond(message);
    else if (message.method === undefined) this.#answered(message);
  }

  #answered(message: Json): void {
    if (message.id !== this.id) this.stream.faults.push(`the answer of another request: ${JSON.stringify(message)}`);
    if (this.response) this.stream.faults.push(`a second answer: ${JSON.stringify(message)}`);
    this.response = message;
    if (message.error) this.#refused(JSON.stringify(message.error));
  }

  #refused(error: string): void {
    const { lab, session } = this.#client;
    if (session?.isExpired || lab.isStateless || lab.disturbances.since(this.began, 'kill', 'store-down')) return;
    if (lab.isShared && error.includes('Internal error.')) lab.tally.storeLate++;
    else this.stream.faults.push(`an error that nothing explains: ${error}`);
  }

  async #respond(message: Json): Promise<void> {
    if (await this.#options.onRequest?.(message)) return;
    // Whoever asked will not be answered: the session is not there any more, or not to be found.
    this.#isUnheard = true;
    this.#leave.abort();
  }
}
