import type { Json } from '../answer.ts';
import type { Frame } from '../frames.ts';

/** What one stream gave its client, over all the connections that it took: strictly in order, each event once. */
export class ReadStream {
  /** Where a next connection goes on. */
  cursor: string | undefined;
  readonly messages: Json[] = [];
  /** What was not as it must be. */
  readonly faults: string[] = [];
  #number: number | undefined;

  /** @returns the message of this event, if it has one */
  take({ id, data }: Frame): Json {
    if (id === undefined) {
      if (data) this.faults.push(`an event without an id: ${data}`);
      return undefined;
    }
    const [stream, number] = id.split('.');
    const [before] = (this.cursor ?? id).split('.');
    if (stream !== before) this.faults.push(`${id} on the stream ${before}`);
    const expected = this.#number === undefined ? Number(number) : this.#number + (data ? 1 : 0);
    if (Number(number) !== expected) this.faults.push(`${data ? 'event' : 'beginning'} ${id} after ${this.cursor}`);
    this.cursor = id;
    this.#number = Number(number);
    if (!data) return undefined;
    const message = JSON.parse(data);
    this.messages.push(message);
    return message;
  }
}

/** One request and all that became of it. */
export class Call extends ReadStream {
  readonly id: number;
  readonly method: string;
  readonly params: Json;
  readonly began = Date.now();
  /** The process that runs it. */
  runner = '';
  response: Json;
  endedAt = 0;
  /** When the connection opened that brought the response. */
  reachedAt = 0;
  readonly #steps: string[] = [];

  constructor(id: number, method: string, params: Json) {
    super();
    this.id = id;
    this.method = method;
    this.params = params;
  }

  note(step: string): void {
    this.#steps.push(`+${Date.now() - this.began} ${step}`);
  }

  override toString(): string {
    const head = `${this.method}(${JSON.stringify(this.params)}) ${this.id}, run by ${this.runner}, begun ${this.began}`;
    return [`${head}: ${JSON.stringify(this.response)}`, ...this.#steps].join('\n    ');
  }
}
