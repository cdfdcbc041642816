/** What an instance looks after from time to time: for as long as it has sessions, and not longer. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { memory } from '../../playground-server/transport/index.ts';
import { serve } from './support/serve.ts';
import { newSqlite } from './support/store.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
});
afterEach(() => {
  vi.useRealTimers();
});

test.each([
  ['memory', memory],
  ['SQLite', newSqlite],
])(
  '[S3] [X1] in %s nothing is looked after once the last session ended, nor when the instance did',
  async (_, open) => {
    await using server = await serve({ backplane: open() });
    const quiet = vi.getTimerCount();
    const sessions = [await server.session(), await server.session()];
    const busy = vi.getTimerCount();
    expect(busy).toBeGreaterThan(quiet);
    for (const session of sessions) await session.delete();
    expect(vi.getTimerCount()).toBe(quiet);
    // And again with the next one.
    await server.session();
    expect(vi.getTimerCount()).toBe(busy);
    await server.transport.close({ graceMs: 0 });
    expect(vi.getTimerCount()).toBe(0);
  },
);

test('[R4] what was delivered is cleared up by itself, and not more than every 30 s', async () => {
  const clock = { now: 1_000_000 };
  await using server = await serve({ backplane: memory({ now: () => clock.now }) });
  const session = await server.session();
  await session.answer('ping');
  clock.now += 30_000;
  vi.advanceTimersByTime(29_999);
  expect((await (await session.get('1.0')).done()).messages).toHaveLength(1);
  // That was one more delivery.
  clock.now += 30_000;
  vi.advanceTimersByTime(1);
  expect((await session.get('1.0')).status).toBe(405);
});

test.each([true, undefined])(
  '[B6] [X1] [X4] a store that fails in the background, and at the end, stops nothing (traced: %s)',
  async (traced) => {
    const backplane = memory();
    const sweeps: string[] = [];
    const failing = (what: string) => () => {
      sweeps.push(what);
      throw new Error(`no ${what}`);
    };
    await using server = await serve({ backplane, ...(traced && { traced }) });
    const sessions = [await server.session(), await server.session()];
    const get = await sessions[1]?.get();
    backplane.sessions.sweep = failing('sessions');
    backplane.logs.sweep = failing('logs');
    vi.advanceTimersByTime(30_000);
    expect(sweeps).toEqual(['sessions', 'logs']);
    backplane.sessions.end = failing('end');
    await server.transport.close({ graceMs: 0 });
    expect((await get?.done())?.state).toBe('ended');
    expect(server.transport.inspect().sessions).toEqual([]);
    const faults = server.traces.flatMap(({ event }) => (event.type === 'handler-failed' ? [event.method] : []));
    expect(faults).toEqual(traced ? ['sweep', 'sweep', 'close', 'close'] : []);
  },
);
