import { setImmediate as nextTurn } from 'node:timers/promises';

/** The bytes on the heap that something still holds. Needs `--expose-gc`. */
async function heldBytes(): Promise<number> {
  for (let i = 0; i < 4; i++) {
    globalThis.gc?.();
    await nextTurn();
  }
  return process.memoryUsage().heapUsed;
}

/**
 * Runs the same round twice and prints `{ before, after, timers }`: the bytes held before and after the second one,
 * and the timers that are left. The first fills what may stay: tombstones, compiled code, caches.
 */
export async function weighRounds(round: () => Promise<void>): Promise<void> {
  await round();
  const before = await heldBytes();
  await round();
  const after = await heldBytes();
  const timers = process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout');
  console.log(JSON.stringify({ before, after, timers }));
}
