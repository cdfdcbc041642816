import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { type Frame, framesOf } from './frames.ts';
import { turnsOver } from './spread/line.ts';
import type { StreamNames } from './spread/stream-names.ts';

/** Bounds a failure; a passing test never waits this long. */
const withinMs = 15_000;

// biome-ignore lint/suspicious/noExplicitAny: what a server answers has the shape that the test asserts.
export type Json = any;

/** One HTTP response while it arrives: its head is here, its body comes. */
export class Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** The head as it was sent: name, value, name, value … */
  readonly rawHeaders: string[];
  /** Each piece of the body, in the order of arrival. */
  readonly chunks: string[] = [];
  /** `ended`: to its proper end. `cut`: the connection broke before. */
  state: 'arriving' | 'ended' | 'cut' = 'arriving';
  readonly #message: IncomingMessage;
  readonly #waiting = new Set<() => void>();

  constructor(message: IncomingMessage, names?: StreamNames) {
    this.#message = message;
    this.status = message.statusCode ?? 0;
    this.headers = message.headers;
    this.rawHeaders = message.rawHeaders;
    message.setEncoding('utf8');
    message.on('data', (chunk: string) => {
      this.chunks.push(names ? names.shown(chunk) : chunk);
      this.#changed();
    });
    message.on('error', () => {});
    message.on('close', () => {
      turnsOver();
      this.state = message.complete ? 'ended' : 'cut';
      this.#changed();
    });
  }

  get text(): string {
    return this.chunks.join('');
  }

  /** Status, and the body as JSON: what most tests compare. */
  get json(): Json {
    return JSON.parse(this.text);
  }

  get frames(): Frame[] {
    return framesOf(this.text);
  }

  /** The JSON-RPC messages of an event stream so far. */
  get messages(): Json[] {
    return this.frames.filter((frame) => frame.data).map((frame) => JSON.parse(frame.data as string));
  }

  /** The ids of the events that carry a message. */
  get eventIds(): (string | undefined)[] {
    return this.frames.filter((frame) => frame.data).map((frame) => frame.id);
  }

  /** Waits until `condition` holds for what has arrived. @throws when it never does, or the body ends without it */
  async until(what: string, condition: (answer: this) => boolean): Promise<this> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const look = () => {
      try {
        if (condition(this)) resolve();
        else if (this.state !== 'arriving')
          reject(new Error(`The body ${this.state} without ${what}: ${this.#tail()}`));
      } catch (error) {
        reject(error);
      }
    };
    const bound = setTimeout(() => reject(new Error(`Waited for ${what}; so far: ${this.#tail()}`)), withinMs);
    this.#waiting.add(look);
    look();
    try {
      await promise;
    } finally {
      clearTimeout(bound);
      this.#waiting.delete(look);
    }
    return this;
  }

  /** Waits for the end of the body, proper or not. */
  done(): Promise<this> {
    return this.until('its end', ({ state }) => state !== 'arriving');
  }

  /** Waits until this many JSON-RPC messages are here. */
  received(count: number): Promise<this> {
    return this.until(`${count} messages`, ({ messages }) => messages.length >= count);
  }

  /** Cuts the connection, as a client that goes away does. */
  destroy(): void {
    this.#message.destroy();
  }

  /** Reads nothing more: the peer's writes pile up in the sockets between. */
  pause(): void {
    this.#message.pause();
  }

  resume(): void {
    this.#message.resume();
  }

  #tail(): string {
    return this.text.slice(-1000);
  }

  #changed(): void {
    for (const look of [...this.#waiting]) look();
  }
}
