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

test('[S3] stateless calls leave the heap where it was, and no timer', async () => {
  const { before, after, timers } = await runChild('frees-stateless', '1000');
  expect(after - before).toBeLessThan(300_000);
  expect(timers).toEqual([]);
});

test.each(['never answers', 'answers'])(
  '[X1] close() ends sessions, streams and requests, and the process exits by itself (the handler %s)',
  async (how) => {
    expect(await runChild('closes', how)).toEqual({
      states: ['ended', 'ended'],
      aborted: how !== 'answers',
      asked: 'session-ended',
      inspection: { sessions: [], streams: [], inFlight: [], listening: 0 },
      timers: [],
    });
  },
);
