import { once } from 'node:events';
import { deserialize, serialize } from 'node:v8';
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads';
import { decodeError, encodeError, type WireError } from './wire-error.ts';

/** What the other process may call. */
export type Functions = Record<string, (...args: never[]) => unknown>;

type Message =
  | { kind: 'call'; number: number; name: string; args: unknown[] }
  /** `later`: it gave a promise, and `settled` follows. */
  | { kind: 'returned' | 'settled'; number: number; outcome: Outcome };
type Outcome = { value: unknown } | { error: WireError } | { later: true };

/** Returns when a turn of the other process's event loop is over. */
const turn = 'turn';
/** Bounds a failure: whoever is called answers at once, if only with a promise. */
const withinMs = 20_000;
const counter = new Int32Array(new SharedArrayBuffer(4));
const lines = new Set<Line>();

/**
 * Between two processes that call each other's functions as their own: a call returns when the other one has returned,
 * throws what it threw, and gives a promise for a promise. While one of them waits it serves what the other one calls.
 */
export class Line {
  readonly #port: MessagePort;
  readonly #functions: Functions;
  readonly #returned = new Map<number, Outcome>();
  readonly #promised = new Map<number, PromiseWithResolvers<unknown>>();
  #calls = 0;
  /** How many calls of this process wait for their return. */
  #waiting = 0;

  private constructor(port: MessagePort, functions: Functions) {
    this.#port = port;
    this.#functions = functions;
    port.on('message', (bytes: Uint8Array) => this.#take(bytes));
    lines.add(this);
  }

  /** @param path of a socket that the other process connects to; does not keep this process from ending */
  static async listen(path: string, functions: Functions): Promise<Line> {
    const { worker, port } = start(path, true);
    await once(worker, 'message');
    worker.unref();
    const line = new Line(port, functions);
    port.unref();
    return line;
  }

  static connect(path: string, functions: Functions): Line {
    return new Line(start(path, false).port, functions);
  }

  call(name: string, ...args: unknown[]): unknown {
    const number = ++this.#calls;
    this.#send({ kind: 'call', number, name, args });
    this.#waiting++;
    const outcome = this.#wait(number, name);
    this.#waiting--;
    return this.#resultOf(outcome, number);
  }

  /** @returns whether there was something */
  takeOne(): boolean {
    const received = receiveMessageOnPort(this.#port);
    if (received) this.#take(received.message);
    return received !== undefined;
  }

  #wait(number: number, name: string): Outcome {
    const deadline = Date.now() + withinMs;
    for (;;) {
      const seen = Atomics.load(counter, 0);
      const outcome = this.#returned.get(number);
      if (outcome) {
        this.#returned.delete(number);
        return outcome;
      }
      if (takeOne()) continue;
      if (Date.now() > deadline) throw new Error(`The other process did not answer the call of ${name}`);
      Atomics.wait(counter, 0, seen, 100);
    }
  }

  #resultOf(outcome: Outcome, number: number): unknown {
    if ('error' in outcome) throw decodeError(outcome.error);
    if ('value' in outcome) return outcome.value;
    return this.#promise(number).promise;
  }

  #promise(number: number): PromiseWithResolvers<unknown> {
    let promised = this.#promised.get(number);
    if (!promised) {
      promised = Promise.withResolvers();
      // Whoever was given it may leave it alone, as what the transport gives.
      promised.promise.catch(() => {});
      this.#promised.set(number, promised);
    }
    return promised;
  }

  #take(bytes: Uint8Array): void {
    const message = deserialize(bytes) as Message;
    if (message.kind === 'call') {
      // What waits here is in the middle of a turn.
      if (message.name === turn && this.#waiting > 0) setImmediate(() => this.#serve(message));
      else this.#serve(message);
      return;
    }
    const { kind, number, outcome } = message;
    if (kind === 'returned') return void this.#returned.set(number, outcome);
    const { resolve, reject } = this.#promise(number);
    this.#promised.delete(number);
    if ('error' in outcome) reject(decodeError(outcome.error));
    else if ('value' in outcome) resolve(outcome.value);
  }

  #serve({ number, name, args }: { number: number; name: string; args: unknown[] }): void {
    let value: unknown;
    try {
      if (name !== turn) value = (this.#functions[name] as (...args: unknown[]) => unknown)(...args);
    } catch (error) {
      return this.#send({ kind: 'returned', number, outcome: { error: encodeError(error) } });
    }
    if (!(value instanceof Promise)) return this.#send({ kind: 'returned', number, outcome: { value } });
    this.#send({ kind: 'returned', number, outcome: { later: true } });
    value.then(
      (settled) => this.#send({ kind: 'settled', number, outcome: { value: settled } }),
      (error) => this.#send({ kind: 'settled', number, outcome: { error: encodeError(error) } }),
    );
  }

  #send(message: Message): void {
    this.#port.postMessage(new Uint8Array(serialize(message)));
  }
}

/** What another process does in the turn in which it answers is done when this returns, as it would be in one process. */
export function turnsOver(): void {
  for (const line of lines) line.call(turn);
}

/** Whoever waits serves all: the one that it waits for may wait for another one, as for the lock of a database. */
function takeOne(): boolean {
  return [...lines].some((line) => line.takeOne());
}

function start(path: string, listens: boolean): { worker: Worker; port: MessagePort } {
  const { port1, port2 } = new MessageChannel();
  const worker = new Worker(new URL('line-thread.ts', import.meta.url), {
    workerData: { path, port: port2, counter, listens },
    transferList: [port2],
    execArgv: [],
  });
  return { worker, port: port1 };
}
