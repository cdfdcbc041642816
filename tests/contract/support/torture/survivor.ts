import { setTimeout as sleep } from 'node:timers/promises';
import type { Json } from '../answer.ts';
import { initializeRequest, latest } from '../client.ts';
import type { Frame } from '../frames.ts';
import { Call, ReadStream } from './call.ts';
import { type Outcome, type Sent, send } from './reader.ts';

/** How long a client waits before it tries again. */
const againMs = 200;
let nextId = 1;

const answers: Record<string, Json> = {
  'roots/list': { roots: [{ uri: 'file:///home' }] },
  'sampling/createMessage': { role: 'assistant', content: { type: 'text', text: 'Hm' }, model: 'm' },
  'elicitation/create': { action: 'accept', content: { n: 1 } },
};

/** A client whose server may be gone at any moment. It resumes what broke off, and writes down what it must not see. */
export class Survivor {
  readonly calls: Call[] = [];
  readonly standalone = new ReadStream();
  /** What it was told is kept. */
  readonly kept: Record<string, number> = {};
  /** How often it was told that the store does not answer (rule B6). */
  sentAway = 0;
  readonly #port: number;
  #headers: Record<string, string> = {};
  #following: Promise<void> | undefined;
  hasEnded = false;
  /** What its standalone stream and its end went through last. */
  #last = '';

  private constructor(port: number) {
    this.#port = port;
  }

  static async open(port: number): Promise<Survivor> {
    const survivor = new Survivor(port);
    const capabilities = { roots: {}, sampling: {}, elicitation: {} };
    let opened: Outcome;
    do opened = await survivor.#send('POST', {}, initializeRequest({ capabilities }));
    while (opened.kind === 'refused' || !opened.whole);
    survivor.#headers = { 'mcp-session-id': opened.sessionId, 'mcp-protocol-version': latest };
    await survivor.#post({ method: 'notifications/initialized' });
    survivor.#following = survivor.#follow();
    return survivor;
  }

  get faults(): string[] {
    const ofCalls = this.calls.flatMap((call) => call.faults.map((fault) => `${fault}\n  ${call}`));
    return [...ofCalls, ...this.standalone.faults];
  }

  /** Resolves when the request has its result or its error, however many connections that takes. */
  async call(method: string, params: Json = {}): Promise<Call> {
    let call = new Call(nextId++, method, params);
    this.calls.push(call);
    for (;;) {
      const asked = { ...call.params, call: call.id };
      const outcome = await this.#read('POST', call, { jsonrpc: '2.0', id: call.id, method, params: asked });
      if (outcome.kind === 'answered') break;
      // Nothing came back: a client cannot know whether it arrived, and sends it anew, as another call.
      this.calls[this.calls.indexOf(call)] = call = new Call(nextId++, method, params);
      await sleep(againMs);
    }
    while (!call.response && call.faults.length === 0) {
      if (call.cursor === undefined) call.faults.push('a head without a first event: it cannot be resumed');
      else await this.#resume(call);
    }
    call.endedAt = Date.now();
    return call;
  }

  /** Ends the session, and waits until its standalone stream has ended too. */
  async end(): Promise<void> {
    let ended: Outcome;
    do ended = await this.#send('DELETE', {});
    while (ended.kind === 'refused');
    if (ended.status !== 200) this.standalone.faults.push(`DELETE was answered ${ended.status} ${ended.text}`);
    this.#last += ` DELETE ${ended.status} at ${ended.instance} ${Date.now()};`;
    await this.#following;
    this.hasEnded = true;
  }

  toString(): string {
    return `${this.#headers['mcp-session-id']}: ${this.#last}, at ${this.standalone.cursor}`;
  }

  async #resume(call: Call): Promise<void> {
    const outcome = await this.#read('GET', call);
    if (outcome.kind === 'refused' || outcome.status !== 200) await sleep(againMs);
    if (outcome.kind === 'refused' || outcome.status === 200 || call.response) return;
    // Somebody else's connection was opened in between, or there are too many: later there is room.
    if (outcome.status !== 409 && outcome.status !== 503) {
      call.faults.push(`resuming after ${call.cursor} was answered ${outcome.status} ${outcome.text}`);
    }
  }

  async #read(method: 'POST' | 'GET', call: Call, body?: object): Promise<Outcome> {
    const outcome = await this.#send(method, call.cursor ? { 'last-event-id': call.cursor } : {}, body, (frame) => {
      const message = call.take(frame);
      if (!message) return;
      if (message.method && message.id !== undefined) this.#respond(message, call);
      else if (message.id === call.id) call.response = message;
      else if (message.id !== undefined) call.faults.push(`the answer of another request: ${JSON.stringify(message)}`);
    });
    if (outcome.kind === 'refused') {
      call.note(`${method} refused`);
      return outcome;
    }
    const { status, instance, whole, at } = outcome;
    call.reachedAt = at;
    if (method === 'POST') {
      call.runner = instance;
      if (status !== 200) call.faults.push(`answered ${status} ${outcome.text}`);
    }
    call.note(`${method} ${status} at ${instance} ${whole ? 'ended' : 'was cut'} at ${call.cursor}`);
    return outcome;
  }

  #respond({ id, method }: Json, call: Call): void {
    const responded = this.#post({ id, result: answers[method] });
    responded.then((at) => call.note(`${method} was answered through ${at}`));
  }

  /** What needs no answer but 202. @returns who took it */
  async #post(message: object): Promise<string> {
    for (;;) {
      const outcome = await this.#send('POST', {}, { jsonrpc: '2.0', ...message });
      if (outcome.kind === 'answered' && outcome.status === 202) return outcome.instance;
      if (outcome.kind === 'answered' && outcome.status !== 503) {
        this.standalone.faults.push(`${JSON.stringify(message)} was answered ${outcome.status} ${outcome.text}`);
        return outcome.instance;
      }
      await sleep(againMs);
    }
  }

  /** Reads the standalone stream until the session is gone. */
  async #follow(): Promise<void> {
    const { standalone } = this;
    for (;;) {
      const headers: Record<string, string> = standalone.cursor ? { 'last-event-id': standalone.cursor } : {};
      this.#last = `GET ${Date.now()};`;
      const outcome = await this.#send('GET', headers, undefined, (frame) => standalone.take(frame));
      if (outcome.kind === 'answered' && outcome.status === 404) return;
      const mayRetry = outcome.kind === 'refused' || [200, 409, 503].includes(outcome.status);
      if (!mayRetry) {
        standalone.faults.push(`GET after ${standalone.cursor} was answered ${outcome.status} ${outcome.text}`);
        return;
      }
      await sleep(againMs);
    }
  }

  /** One that is told to come back in a moment has not been heard. */
  async #send(
    method: Sent['method'],
    headers: Record<string, string>,
    body?: object,
    onFrame: (frame: Frame) => void = () => {},
  ): Promise<Outcome> {
    const all = { ...this.#headers, ...headers };
    const outcome = await send({ port: this.#port, method, headers: all, ...(body && { body }) }, onFrame);
    if (outcome.kind === 'refused' || outcome.status !== 503 || !outcome.text.includes('out of reach')) return outcome;
    if (outcome.retryAfter === undefined) this.standalone.faults.push('503 without Retry-After');
    this.sentAway++;
    return { kind: 'refused' };
  }
}
