/** Broadcasts that nobody could copy into a session: whoever meets it first does (rules B5, B8). */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Backplane, type JsonObject, StoreUnreachable } from '../../playground-server/transport/index.ts';
import { ClientSession, latest } from './support/client.ts';
import { testHandler } from './support/handler.ts';
import { otherLogs } from './support/other-logs.ts';
import { serve } from './support/serve.ts';
import { another, newSqlite } from './support/store.ts';

const start = 1_700_000_000_000;
const handler = testHandler({
  follow: async ({ uri }, { session }) => {
    await session.subscribe(String(uri));
    await session.setLogLevel('error');
    return {};
  },
});

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: start });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A session that no instance knows: the one that opened it is gone. */
async function orphan(backplane: Backplane): Promise<string> {
  await using gone = await serve({ backplane: another(backplane), handler });
  const session = await gone.session();
  await session.answer('follow', { uri: 'file:///followed' });
  return session.id;
}

const numbers = (messages: { params?: JsonObject }[]) => messages.map(({ params }) => params?.n);

test('[E5] [B8] a session that nobody knew is given what was broadcast since it began and in the last 45 seconds, in order', async () => {
  const backplane = newSqlite({ now: Date.now });
  await using server = await serve({ backplane });
  const tell = (n: number) => server.transport.broadcast('notifications/n', { n });
  const met = async (id: string) => new ClientSession(server, id, latest).get();
  vi.setSystemTime(start - 1);
  tell(1);
  vi.setSystemTime(start);
  const [first, second] = [await orphan(backplane), await orphan(backplane)];
  tell(2);
  vi.setSystemTime(start + 1);
  tell(3);
  expect(numbers((await (await met(first)).received(2)).messages)).toEqual([2, 3]);
  // A minute later a log may have forgotten that it had one already: no older ones are copied than it surely knows.
  vi.setSystemTime(start + 45_001);
  tell(4);
  const get = await (await met(second)).received(2);
  expect(numbers(get.messages)).toEqual([3, 4]);
  // What follows comes live.
  tell(5);
  expect(numbers((await get.received(3)).messages)).toEqual([3, 4, 5]);
});

test('[E5] [B8] a session that nobody knew is given what it follows, and nothing else', async () => {
  const backplane = newSqlite();
  await using server = await serve({ backplane });
  const id = await orphan(backplane);
  for (const uri of ['file:///other', 'file:///followed']) {
    server.transport.broadcast('notifications/resources/updated', { uri });
  }
  for (const level of ['info', 'error']) server.transport.broadcast('notifications/message', { level });
  server.transport.broadcast('notifications/tools/list_changed');
  const get = await (await new ClientSession(server, id, latest).get()).received(3);
  expect(get.messages).toEqual([
    { jsonrpc: '2.0', method: 'notifications/resources/updated', params: { uri: 'file:///followed' } },
    { jsonrpc: '2.0', method: 'notifications/message', params: { level: 'error' } },
    { jsonrpc: '2.0', method: 'notifications/tools/list_changed' },
  ]);
});

test.each([
  ['readAfter', true],
  ['readAfter', undefined],
  ['append', true],
  ['append', undefined],
] as const)(
  '[X4] [B6] broadcasts that the store fails to keep or give (%s, traced: %s): all else goes on',
  async (name, traced) => {
    const backplane = newSqlite();
    let fails = true;
    const broken = () => {
      throw new Error('bad sector');
    };
    const failing = otherLogs(another(backplane), () => (fails ? { [name]: broken } : {}));
    await using server = await serve({ backplane: failing, ...(traced && { traced }) });
    const id = await orphan(backplane);
    server.transport.broadcast('notifications/n', { n: 1 });
    const session = new ClientSession(server, id, latest);
    expect((await session.notify('notifications/initialized')).status).toBe(202);
    fails = false;
    server.transport.broadcast('notifications/n', { n: 2 });
    expect(numbers((await (await session.get()).received(1)).messages)).toEqual([2]);
    if (!traced) return;
    expect(server.traces.filter(({ event }) => event.type === 'handler-failed')).toEqual([
      {
        event: { type: 'handler-failed', method: 'broadcast', error: expect.stringContaining('bad sector') },
        place: {},
      },
    ]);
  },
);

test.each(['readAfter', 'open'])(
  '[E5] [B6] the store is away (%s) when a session is met: it is given the broadcasts later',
  async (name) => {
    const backplane = newSqlite();
    let fails = false;
    const broken = () => {
      throw new StoreUnreachable('away');
    };
    const failing = otherLogs(another(backplane), () => (fails && name === 'readAfter' ? { readAfter: broken } : {}));
    const { open } = failing.logs;
    failing.logs.open = (...given) =>
      fails && name === 'open' && given[1] === '0' ? broken() : open.apply(failing.logs, given);
    await using server = await serve({ backplane: failing });
    const id = await orphan(backplane);
    server.transport.broadcast('notifications/n', { n: 1 });
    const session = new ClientSession(server, id, latest);
    fails = true;
    await session.notify('notifications/initialized');
    fails = false;
    await session.notify('notifications/initialized');
    expect(numbers((await (await session.get()).received(1)).messages)).toEqual([1]);
  },
);
