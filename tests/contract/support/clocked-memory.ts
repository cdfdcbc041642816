import { memory } from '../../../playground-server/transport/index.ts';

/** A clock that moves when a test says so, and the store that goes by it. */
export function clockedMemory() {
  const clock = { now: 1_000_000 };
  return { clock, backplane: memory({ now: () => clock.now }) };
}
