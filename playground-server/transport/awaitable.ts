import type { Awaitable } from './handler.ts';

/**
 * Continues with a value that is here already in this very turn, and with a promised one when it settles.
 *
 * A backplane in memory answers at once, and one behind a network later. `await` would make both wait for a
 * microtask, which costs more than the lookup. What `done` throws is its own fault and not passed to `failed`
 * for a value that was here: the caller's `try` sees it.
 */
export function settle<T>(value: Awaitable<T>, done: (value: T) => void, failed: (error: unknown) => void): void {
  if (isPromiseLike(value)) value.then(done).then(undefined, failed);
  else done(value);
}

/** The same for what may throw instead of answering: a store that throws and one that rejects have failed alike. */
export function attempt<T>(ask: () => Awaitable<T>, done: (value: T) => void, failed: (error: unknown) => void): void {
  let value: Awaitable<T>;
  try {
    value = ask();
  } catch (error) {
    failed(error);
    return;
  }
  settle(value, done, failed);
}

/**
 * A promise that whoever was given it may leave alone: a rejection that nobody looks at, or not yet, would otherwise
 * end the process (rule X4).
 */
export function ignorable<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}

function isPromiseLike<T>(value: Awaitable<T>): value is Promise<T> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';
}
