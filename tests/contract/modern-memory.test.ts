import { expect, test } from 'vitest';
import { runChild } from './support/child.ts';

test('[M11] [L5] [I2] 10 000 calls and 2 000 listening streams leave the heap where it was, and no timer', async () => {
  const { before, after, timers } = await runChild('frees-modern', '10000', '2000');
  // 100 bytes for each: less than the smallest object that could be forgotten with one.
  expect(after - before).toBeLessThan(1_000_000);
  expect(timers).toEqual([]);
});
