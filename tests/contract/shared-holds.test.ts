/** Sessions that an instance holds open, in a store that others read as well: how long they live, and what that takes. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { until } from '../setup/until.ts';
import { type Client, ClientSession, latest } from './support/client.ts';
import { serve } from './support/serve.ts';
import { another, newRedis, newSqlite } from './support/store.ts';

const minute = 60_000;
const at = (client: Client, session: ClientSession) => new ClientSession(client, session.id, latest);
const stores = [
  ['SQLite', newSqlite],
  ['Redis', newRedis],
] as const;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
});
afterEach(() => {
  vi.useRealTimers();
});

test('[B7] [S1] who holds a lasting session renews a brief one in time as well, and stops when both are let go', async () => {
  const clock = { now: 1_000_000 };
  const backplane = newSqlite({ now: () => clock.now });
  await using one = await serve({ backplane, sessionIdleTimeoutMs: 60 * minute });
  await using two = await serve({ backplane: another(backplane), sessionIdleTimeoutMs: 27_000 });
  const sessions = [await one.session(), await two.session()] as const;
  const quiet = vi.getTimerCount();
  const gets = [await sessions[0].get(), await at(one, sessions[1]).get()];
  for (const get of gets) await get.received(0);
  expect(vi.getTimerCount()).toBeGreaterThan(quiet);
  for (let third = 1; third <= 3; third++) {
    clock.now += 9_000;
    vi.advanceTimersByTime(9_000);
  }
  expect((await sessions[1].answer('ping')).status).toBe(200);
  for (const get of gets) get.destroy();
  await until('nothing to be renewed', () => vi.getTimerCount() === quiet);
});

test.each(stores)(
  '[S1] [B7] in %s a session lives for its whole idle time after its last connection, however long ago its last request was',
  async (_, open) => {
    const clock = { now: 1_000_000 };
    const backplane = open({ now: () => clock.now });
    const options = { sessionIdleTimeoutMs: minute };
    await using one = await serve({ ...options, backplane });
    await using two = await serve({ ...options, backplane: another(backplane) });
    const session = await one.session();
    const get = await session.get();
    await get.received(0);
    expect((await session.answer('ping')).status).toBe(200);
    clock.now += 59_000;
    get.destroy();
    await until('the connection to be gone', () => one.transport.inspect().streams.every(({ open }) => !open));
    // Behind what the store was told.
    await backplane.sessions.readAnswer(session.id, 'none');
    clock.now += 59_000;
    expect((await at(two, session).answer('ping')).status).toBe(200);
  },
);

test.each(stores)(
  '[P17] [B7] in %s what a dead instance left running does not stand in the way where the session is held',
  async (_, open) => {
    const backplane = open();
    await using one = await serve({ backplane, maxInFlight: 2 });
    const session = await one.session();
    const get = await session.get();
    await get.received(0);
    const runs = [1, 2].map((number) => ({ instance: 'dead', number, request: `left ${number}` }));
    await backplane.sessions.begin(session.id, runs, { maxInFlight: 2, uniqueIds: true });
    await until('room for a request', async () => (await session.answer('ping')).status === 200);
  },
);
