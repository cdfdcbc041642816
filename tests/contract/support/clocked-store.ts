import { store } from './store.ts';

/** A clock that moves when a test says so, and the store that goes by it. */
export function clockedStore() {
  const clock = { now: 1_000_000 };
  return { clock, backplane: store({ now: () => clock.now }) };
}
