/**
 * The store of a lab's process, seen and breakable: each call is told to the wire log, and all of them can be made to
 * fail as if the store were out of reach. The store itself, which others use as well, is never touched.
 */

import { type Backplane, StoreUnreachable } from '../transport/backplane/backplane.ts';
import type { Awaitable } from '../transport/handler.ts';
import { maskSessionId, type TracePlace } from '../transport/trace.ts';
import { type StoreSubject, type StoreWatcher, type ToldCall, watchedStore } from './store-calls.ts';
import type { StoreEvent } from './wire.ts';

export class TracedStore implements StoreWatcher {
  readonly backplane: Backplane;
  readonly #tell: (event: StoreEvent, place: TracePlace) => void;
  readonly #interrupted = new Set<() => void>();
  /** Calls that failed when they were made last: what nobody waits for is tried again and again, and told once. */
  readonly #failing = new Set<string>();
  #exchange: string | undefined;
  #reachable = true;

  constructor(store: Backplane, tell: (event: StoreEvent, place: TracePlace) => void) {
    this.#tell = tell;
    this.backplane = watchedStore(store, this);
  }

  /**
   * What is asked in this turn of the event loop is asked for this exchange: its request, or the body of it, has just
   * come. What a handler has to say later belongs to its stream.
   */
  serves(exchange: string | undefined): void {
    this.#exchange = exchange;
    queueMicrotask(() => {
      this.#exchange = undefined;
    });
  }

  /** Whether calls reach the store, from now on. What was published while they did not is lost to others. */
  setReachable(reachable: boolean): void {
    const isBack = reachable && !this.#reachable;
    this.#reachable = reachable;
    if (isBack) for (const interrupted of [...this.#interrupted]) interrupted();
  }

  call<T>(ask: () => Awaitable<T>, told?: ToldCall<T>): Awaitable<T> {
    const began = performance.now();
    const exchange = this.#exchange;
    const tell = (outcome: string | undefined): void => {
      if (!told || outcome === undefined) return;
      const { operation, message } = told;
      const durationMs = Math.round((performance.now() - began) * 1e3) / 1e3;
      const about = message === undefined ? {} : { message };
      this.#tell(
        { type: 'store-called', operation, outcome, durationMs, ...about },
        { ...(exchange !== undefined && { exchange }), ...placeOf(told) },
      );
    };
    const name = told ? `${told.operation} ${told.session} ${told.stream}` : '';
    const answered = (answer: T): T => {
      this.#failing.delete(name);
      tell(told?.outcome(answer));
      return answer;
    };
    const failed = (error: unknown): never => {
      if (exchange !== undefined || !this.#failing.has(name)) tell('unreachable');
      if (exchange === undefined) this.#failing.add(name);
      throw error;
    };
    let answer: Awaitable<T>;
    try {
      if (!this.#reachable) throw new StoreUnreachable('A fault was injected: the store cannot be reached.');
      answer = ask();
    } catch (error) {
      return failed(error);
    }
    return answer instanceof Promise ? answer.then(answered, failed) : answered(answer);
  }

  delivered(subject: StoreSubject): void {
    const { message = '' } = subject;
    // That a stream goes on concerns whoever serves it, and that one reads on.
    if (message !== 'appended') this.#tell({ type: 'message-delivered', message }, placeOf(subject));
  }

  onInterruption(interrupted: () => void): () => void {
    this.#interrupted.add(interrupted);
    return () => this.#interrupted.delete(interrupted);
  }
}

function placeOf({ session, stream }: StoreSubject): TracePlace {
  return {
    ...(session !== undefined && { session: maskSessionId(session) }),
    ...(stream !== undefined && { stream }),
  };
}
