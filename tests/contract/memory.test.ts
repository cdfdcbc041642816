import { expect, test } from 'vitest';
import { runChild } from './support/child.ts';

test.each([
  ['DELETE', 10_000],
  ['expiry', 10_000],
])(
  '[S3] sessions opened, used and ended by %s leave the heap where it was, and no timer',
  async (endedBy, sessions) => {
    const { before, after, timers } = await runChild('frees-memory', String(sessions), endedBy);
    // 100 bytes a session: less than the smallest object that could be forgotten with each.
    expect(after - before).toBeLessThan(1_000_000);
    expect(timers).toEqual([]);
  },
);

test('[X1] close() ends sessions, streams and requests, and the process exits by itself', async () => {
  expect(await runChild('closes')).toEqual({
    states: ['ended', 'ended'],
    aborted: true,
    inspection: { sessions: [], streams: [], inFlight: [] },
    timers: [],
  });
});
