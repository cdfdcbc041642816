import { expect, test } from 'vitest';
import { memory } from '../../playground-server/transport/index.ts';
import { until } from '../setup/until.ts';
import { latest } from './support/client.ts';
import { heldMethod, testHandler } from './support/handler.ts';
import { type Served, serve } from './support/serve.ts';
import { testInOneProcess } from './support/store.ts';

const listChanged = 'notifications/tools/list_changed';
const told = (method: string, params?: object) => ({ jsonrpc: '2.0', method, ...(params ? { params } : {}) });
const nobodyReads = (server: Served) => () => server.transport.inspect().streams.every(({ open }) => !open);

test('[E3] a second GET replaces the first: the older connection closes, the session lives', async () => {
  await using server = await serve();
  const session = await server.session();
  const first = await session.get();
  const second = await session.get();
  expect((await first.done()).state).toBe('ended');
  server.transport.broadcast(listChanged);
  expect((await second.received(1)).messages).toEqual([told(listChanged)]);
  expect(first.messages).toEqual([]);
  expect((await session.answer('ping')).status).toBe(200);
});

testInOneProcess(
  '[E3] more than three replacements in 10 s answer 409 with Retry-After, and the stream goes on',
  async () => {
    await using server = await serve();
    const session = await server.session();
    const gets = [await session.get(), await session.get(), await session.get(), await session.get()];
    expect(gets.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    for (const refused of [await session.get(), await session.get('0.0')]) {
      await refused.done();
      expect([refused.status, refused.json]).toEqual([
        409,
        {
          jsonrpc: '2.0',
          error: { code: -32600, message: expect.stringMatching(/^Two clients .*one of them, 10 s later/) },
        },
      ]);
      expect(refused.headers['retry-after']).toBe('10');
    }
    server.transport.broadcast(listChanged);
    expect((await gets[3]?.received(1))?.messages).toHaveLength(1);
    // A connection that went away by itself is replaced by nobody: opening again is no fight.
    gets[3]?.destroy();
    await until('the stream to be closed', nobodyReads(server));
    expect((await session.get()).status).toBe(200);
    expect((await (await server.session()).get()).status).toBe(200);
  },
);

testInOneProcess('[E3] 10 s after the replacements another one is accepted', async ({ onTestFinished }) => {
  const now = Date.now;
  onTestFinished(() => {
    Date.now = now;
  });
  await using server = await serve();
  const session = await server.session();
  for (let i = 0; i < 4; i++) expect((await session.get()).status).toBe(200);
  Date.now = () => now() + 9_000;
  expect((await session.get()).status).toBe(409);
  Date.now = () => now() + 10_001;
  expect((await session.get()).status).toBe(200);
});

test('[E3] [E7] a GET without Last-Event-ID starts after the last event written to any connection', async () => {
  await using server = await serve();
  const session = await server.session();
  server.transport.broadcast('notifications/unread', { n: 1 });
  const first = await (await session.get()).received(1);
  server.transport.broadcast('notifications/read', { n: 2 });
  await first.received(2);
  first.destroy();
  await until('the stream to be closed', nobodyReads(server));
  server.transport.broadcast('notifications/unread', { n: 3 });
  const second = await (await session.get()).received(1);
  expect(second.eventIds).toEqual(['0.3']);
  expect(second.frames[0]?.id).toBe('0.2');
  expect(first.eventIds).toEqual(['0.1', '0.2']);
});

testInOneProcess('[E7] without an event log a GET begins with what comes next, however much came before', async () => {
  await using server = await serve({ eventLog: null });
  const session = await server.session();
  for (let round = 1; round <= 3; round++) {
    server.transport.broadcast('notifications/nobody', { round });
    const get = await session.get();
    server.transport.broadcast('notifications/heard', { round });
    await get.received(1);
    expect(get.messages).toEqual([told('notifications/heard', { round })]);
    get.destroy();
    await until('the stream to be closed', nobodyReads(server));
  }
});

test('[E7] a broken connection ends the connection, never the session', async () => {
  const held = heldMethod();
  await using server = await serve({ handler: testHandler({ held: held.method }) });
  const session = await server.session();
  for (let i = 0; i < 5; i++) {
    const [get, call] = [await session.get(), await session.call('held')];
    get.destroy();
    call.destroy();
    await until('the streams to be closed', nobodyReads(server));
    server.transport.broadcast('notifications/unread', { i });
  }
  expect((await session.answer('ping')).status).toBe(200);
  expect(server.transport.inspect().inFlight).toHaveLength(5);
  const get = await (await session.get('0.0')).received(5);
  expect(get.messages.map(({ params }) => params.i)).toEqual([0, 1, 2, 3, 4]);
});

const bounds = [
  ['the count of events', { maxEvents: 3 }],
  ['the bytes of a stream', { maxBytes: 900 }],
  ['the bytes of a session', { maxSessionBytes: 900 }],
  ['the age of events', { maxAgeMs: 1000 }],
] as const;

testInOneProcess.each(bounds)(
  '[E7] what nobody reads stays within %s: a GET begins with the oldest that is kept, and goes on',
  async (_, eventLog) => {
    const clock = { now: 0 };
    for (const version of ['2025-03-26', latest]) {
      await using server = await serve({ eventLog, backplane: memory({ now: () => clock.now }) });
      const session = await server.session(version);
      for (let n = 1; n <= 20; n++) {
        if (n === 18) clock.now += 2000;
        server.transport.broadcast('notifications/n', { n, text: 'x'.repeat(100) });
      }
      const get = await session.get();
      server.transport.broadcast('notifications/n', { n: 21 });
      await get.until('the newest', ({ messages }) => messages.at(-1)?.params.n === 21);
      const numbers = get.messages.map(({ params }) => params.n);
      expect(numbers[0]).toBeGreaterThan(14);
      expect(numbers).toEqual(Array.from(numbers, (_, i) => numbers[0] + i));
      expect(get.state).toBe('arriving');
    }
  },
);
