import { expect, test } from 'vitest';
import { runChild } from './support/child.ts';

test.each(['post', 'standalone'])(
  '[E9] 20 000 notifications of 10 kB to a stalled reader (%s stream) grow the process by 16 MB at most',
  async (stream) => {
    const { grownBytes, status } = await runChild('stalls', stream, '20000', '10000');
    expect(grownBytes).toBeLessThan(16_000_000);
    expect(status).toBe(200);
  },
);
