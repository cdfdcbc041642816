import { expect, test } from 'vitest';
import { until } from '../setup/until.ts';
import { expectError } from './support/expect.ts';
import { heldMethod, testHandler } from './support/handler.ts';
import { serve } from './support/serve.ts';
import { testInOneProcess } from './support/store.ts';

const counting = {
  count: (params: { to?: unknown }, context: { notify(method: string, params: { i: number }): void }) => {
    for (let i = 1; i <= Number(params.to); i++) context.notify('notifications/progress', { i });
    return {};
  },
};

test('[R1] a finished POST stream replays what followed, in order, without gap or duplicate, then ends', async () => {
  await using server = await serve({ handler: testHandler(counting) });
  const session = await server.session();
  const answer = await session.answer('count', { to: 70 }, 'c');
  expect(answer.eventIds).toHaveLength(71);
  for (const from of [0, 1, 63, 64, 65, 70]) {
    const resumed = await (await session.get(`1.${from}`)).done();
    expect([resumed.status, resumed.state]).toEqual([200, 'ended']);
    expect(resumed.eventIds).toEqual(answer.eventIds.slice(from));
    expect(resumed.messages).toEqual(answer.messages.slice(from));
  }
});

test('[R1] a running POST stream replays what followed and goes on live', async () => {
  const held = heldMethod();
  await using server = await serve({ handler: testHandler({ held: held.method }) });
  const session = await server.session();
  const answer = await session.call('held', {}, 'r');
  const call = await held.begun();
  for (const i of [1, 2, 3]) call.context.notify('notifications/progress', { i });
  await answer.received(3);
  answer.destroy();
  await until('the stream to be closed', () => server.transport.inspect().streams.every(({ open }) => !open));
  call.context.notify('notifications/progress', { i: 4 });
  const resumed = await (await session.get('1.2')).received(2);
  call.context.notify('notifications/progress', { i: 5 });
  await resumed.received(3);
  call.answer({});
  await resumed.done();
  expect(resumed.messages.map(({ params }) => params?.i)).toEqual([3, 4, 5, undefined]);
  expect(resumed.eventIds).toEqual(['1.3', '1.4', '1.5', '1.6']);
});

test('[R1] only that stream is replayed', async () => {
  await using server = await serve({ handler: testHandler(counting) });
  const session = await server.session();
  await session.answer('count', { to: 2 }, 'one');
  await session.answer('count', { to: 2 }, 'two');
  server.transport.broadcast('notifications/tools/list_changed');
  const resumed = await (await session.get('2.1')).done();
  expect(resumed.eventIds).toEqual(['2.2', '2.3']);
  expect(resumed.messages.at(-1).id).toBe('two');
});

test('[R1] the standalone stream replays and goes on live', async () => {
  await using server = await serve();
  const session = await server.session();
  for (const n of [1, 2, 3]) server.transport.broadcast('notifications/n', { n });
  const first = await (await session.get()).received(3);
  first.destroy();
  const resumed = await (await session.get('0.1')).received(2);
  server.transport.broadcast('notifications/n', { n: 4 });
  await resumed.received(3);
  expect(resumed.messages.map(({ params }) => params.n)).toEqual([2, 3, 4]);
  expect(resumed.state).toBe('arriving');
});

test('[R1] nothing left to send and the stream ended: 405', async () => {
  const held = heldMethod();
  await using server = await serve({ handler: testHandler({ held: held.method }) });
  const session = await server.session();
  await session.answer('ping');
  await session.call('held', {}, 'cancelled');
  await session.cancel('cancelled');
  for (const id of ['1.1', '2.0']) {
    const answer = await (await session.get(id)).done();
    expect([answer.status, answer.json]).toEqual([
      405,
      { jsonrpc: '2.0', error: { code: -32600, message: `Nothing left on this stream: it ended with event "${id}".` } },
    ]);
    expect(answer.headers.allow).toBe('POST, DELETE');
  }
  // The standalone stream never ends: there is nothing to send yet, and that is fine.
  const get = await session.get();
  await get.until('the first bytes', ({ text }) => text !== '');
  expect((await session.get('0.0')).status).toBe(200);
});

test.each([
  'x',
  '1',
  '1.',
  '.1',
  '1.1.1',
  '-1.0',
  '1.-1',
  '1.1e3',
  '0x1.1',
  '1 .1',
  `1.${'9'.repeat(400)}`,
  '"',
  '1.1, 1.1',
])('[R2] a malformed id (%j) answers 400', async (id) => {
  await using server = await serve();
  const session = await server.session();
  await session.answer('ping');
  const answer = await (await session.get(id)).done();
  expect([answer.status, answer.json.error.code]).toEqual([400, -32600]);
  expect(answer.json.error.message).toMatch(/^Invalid Last-Event-ID: ".*" names no event of this session/);
});

test("[R2] a foreign id answers 400: another session's, a stream or a number that never was", async () => {
  await using server = await serve({ handler: testHandler(counting) });
  const [session, other] = [await server.session(), await server.session()];
  for (let i = 0; i < 3; i++) await other.answer('count', { to: 3 });
  await session.answer('ping');
  for (const id of ['3.1', '1.2', '7.0', '0.1']) {
    const refused = await (await session.get(id)).done();
    expectError(refused, 400, -32600, /^Invalid Last-Event-ID: "\d+\.\d+" names no event of this session/);
  }
  expect((await (await other.get('3.1')).done()).status).toBe(200);
});

test('[R2] without an event log every id answers 400', async () => {
  await using server = await serve({ eventLog: null });
  const session = await server.session();
  await session.answer('ping');
  expect((await (await session.get('1.0')).done()).status).toBe(400);
});

test('[R2] an empty Last-Event-ID is none', async () => {
  await using server = await serve();
  const session = await server.session();
  server.transport.broadcast('notifications/n');
  const get = await session.open({ method: 'GET', headers: { 'last-event-id': '' } });
  expect((await get.received(1)).eventIds).toEqual(['0.1']);
});

test("[R3] resuming replaces the stream's previous connection", async () => {
  const held = heldMethod();
  await using server = await serve({ handler: testHandler({ held: held.method }) });
  const session = await server.session();
  const answer = await session.call('held', {}, 'r');
  const call = await held.begun();
  call.context.notify('notifications/progress', { i: 1 });
  await answer.received(1);
  const resumed = await session.get('1.0');
  expect((await answer.done()).messages).toHaveLength(1);
  call.context.notify('notifications/progress', { i: 2 });
  call.answer({});
  expect((await resumed.done()).eventIds).toEqual(['1.1', '1.2', '1.3']);
  expect(answer.eventIds).toEqual(['1.1']);
});

testInOneProcess(
  "[R3] two clients that take one request's stream from each other are stopped, as on the standalone stream",
  async () => {
    const held = heldMethod();
    await using server = await serve({ handler: testHandler({ held: held.method }) });
    const session = await server.session();
    await session.call('held', {}, 'r');
    const statuses: number[] = [];
    for (let i = 0; i < 4; i++) statuses.push((await session.get('1.0')).status);
    expect(statuses).toEqual([200, 200, 200, 409]);
  },
);
