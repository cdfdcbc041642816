/** What of a stream is kept, for how long, and what a client is told of that which is not (rules R2 and R4). */
import { expect, test } from 'vitest';
import type { EventLogBounds } from '../../playground-server/transport/index.ts';
import { until } from '../setup/until.ts';
import type { ClientSession } from './support/client.ts';
import { clockedStore } from './support/clocked-store.ts';
import { expectError } from './support/expect.ts';
import { heldMethod, type Method, testHandler } from './support/handler.ts';
import { serve } from './support/serve.ts';
import { storeName, testInOneProcess } from './support/store.ts';

const count: Method = (params, context) => {
  for (let i = 1; i <= Number(params.to); i++) context.notify('notifications/progress', { i });
  return {};
};

const lost = (id: string | number) => ({
  jsonrpc: '2.0',
  id,
  error: { code: -32603, message: expect.stringMatching(/^The answer was dropped .* Send the request again\.$/) },
});

/** A call whose client goes away at once, and whose answer nobody has read. */
async function unread(session: ClientSession, id: string | number, method: string): Promise<void> {
  const answer = await session.call(method, {}, id);
  await answer.until('the first bytes', ({ frames }) => frames.length > 0);
  answer.destroy();
}

test('[R2] a trimmed request stream still yields its response, and then ends', async () => {
  await using server = await serve({ handler: testHandler({ count }), eventLog: { maxEvents: 2 } });
  const session = await server.session();
  const answer = await session.answer('count', { to: 10 }, 'c');
  expect(answer.messages).toHaveLength(11);
  const resumed = await (await session.get('1.1')).done();
  expect(resumed.messages.at(-1)).toEqual({ jsonrpc: '2.0', id: 'c', result: {} });
  expect(resumed.eventIds).toEqual(['1.10', '1.11']);
  expect(resumed.frames.map(({ comment }) => comment)).toContain('events before this were dropped');
  expect([resumed.status, resumed.state]).toEqual([200, 'ended']);
});

test('[R2] a resumed stream that lost nothing carries no comment', async () => {
  await using server = await serve({ handler: testHandler({ count }) });
  const session = await server.session();
  await session.answer('count', { to: 3 });
  const resumed = await (await session.get('1.1')).done();
  expect(resumed.frames.filter(({ comment }) => comment !== undefined)).toEqual([]);
});

test('[R2] [R4] the oldest finished streams go first: their clients get an error with the request id, then the end', async () => {
  const { backplane } = clockedStore();
  const calls = heldMethod();
  const handler = testHandler({ held: calls.method });
  await using server = await serve({ backplane, handler, eventLog: { maxSessionBytes: 10_000 } });
  const session = await server.session();
  for (const id of ['one', 2, 'three']) {
    await unread(session, id, 'held');
    await until('the client to be gone', () => !server.transport.inspect().streams.some(({ open }) => open));
    (await calls.begun()).answer({ text: 'x'.repeat(4_000) });
    await until('its answer to be logged', () => server.transport.inspect().inFlight.length === 0);
  }
  const first = await (await session.get('1.0')).done();
  expect([first.status, first.state, first.messages]).toEqual([200, 'ended', [lost('one')]]);
  const eventId = first.eventIds[0] as string;
  expect(eventId).toBe('1.2');
  for (const [stream, id] of [
    ['2', 2],
    ['3', 'three'],
  ]) {
    const kept = await (await session.get(`${stream}.0`)).done();
    expect(kept.messages).toEqual([{ jsonrpc: '2.0', id, result: { text: 'x'.repeat(4_000) } }]);
  }
  // Asked again it says the same; who has read it is told that nothing follows.
  expect((await (await session.get('1.0')).done()).messages).toEqual([lost('one')]);
  expect((await session.get(eventId)).status).toBe(405);
  expect((await session.get('1.3')).status).toBe(400);
});

test('[R4] a running stream stays when the session is over its bound, and so does the newest event of each', async () => {
  const calls = heldMethod();
  const handler = testHandler({ held: calls.method });
  await using server = await serve({ handler, eventLog: { maxSessionBytes: 10_000 } });
  const session = await server.session();
  await unread(session, 'running', 'held');
  const { context, answer } = await calls.begun();
  await until('the client to be gone', () => !server.transport.inspect().streams.some(({ open }) => open));
  for (let i = 0; i < 9; i++) context.notify('notifications/n', { i, text: 'x'.repeat(4_000) });
  for (let i = 0; i < 9; i++) context.session.notify('notifications/n', { i, text: 'x'.repeat(12_000) });
  answer({ done: true });
  await until('the answer to be stored', () => server.transport.inspect().inFlight.length === 0);
  const resumed = await (await session.get('1.0')).done();
  expect(resumed.messages.at(-1)).toEqual({ jsonrpc: '2.0', id: 'running', result: { done: true } });
  const standalone = await (await session.get('0.0')).received(1);
  expect(standalone.messages.map(({ params }) => params.i)).toEqual([8]);
});

// The process that delivered it clears it up, which in Redis no other one does.
testInOneProcess(
  '[R1] [R4] what was delivered and has left the log has nothing left: 405, and what never was: 400',
  async () => {
    const { clock, backplane } = clockedStore();
    await using server = await serve({ backplane });
    const session = await server.session();
    await session.answer('ping');
    clock.now += 29_999;
    await backplane.logs.sweep();
    expect((await (await session.get('1.0')).done()).messages).toHaveLength(1);
    clock.now += 30_000;
    await backplane.logs.sweep();
    const gone = await (await session.get('1.0')).done();
    expectError(gone, 405, -32600, /^Nothing left on this stream: it ended with event "1\.0"\.$/);
    expect(gone.headers.allow).toBe('POST, DELETE');
    expect((await session.get('2.0')).status).toBe(400);
  },
);

test('[R4] a finished stream whose end nobody was given is kept beyond 30 s', async () => {
  const { clock, backplane } = clockedStore();
  const calls = heldMethod();
  await using server = await serve({ backplane, handler: testHandler({ held: calls.method }) });
  const session = await server.session();
  await unread(session, 'u', 'held');
  const call = await calls.begun();
  await until('the client to be gone', () => !server.transport.inspect().streams.some(({ open }) => open));
  call.answer({ waited: true });
  clock.now += 600_000;
  await backplane.logs.sweep();
  const resumed = await (await session.get('1.0')).done();
  expect(resumed.messages).toEqual([{ jsonrpc: '2.0', id: 'u', result: { waited: true } }]);
});

test.each([
  ['its bytes', { maxBytes: 500 }, 0],
  ["the session's bytes", { maxSessionBytes: 500 }, 0],
  ['its age', { maxAgeMs: 1000 }, 60_000],
])('[R4] a response past the bound on %s stays, and is read by resuming', async (_, eventLog, later) => {
  const { clock, backplane } = clockedStore();
  await using server = await serve({ backplane, eventLog });
  const session = await server.session();
  await session.answer('echo', { text: 'x'.repeat(2000) }, 'e');
  clock.now += later;
  const resumed = await (await session.get('1.0')).done();
  expect(resumed.messages).toEqual([{ jsonrpc: '2.0', id: 'e', result: { text: 'x'.repeat(2000) } }]);
});

test('[R2] [E5] a trimmed standalone stream goes on after a comment, and tells anew of each thing that is followed', async () => {
  const capabilities = {
    tools: { listChanged: true },
    prompts: { listChanged: false },
    resources: { listChanged: true },
  };
  const handler = testHandler({
    subscribe: async (params, context) => {
      for (const uri of params.uris as string[]) await context.session.subscribe(uri);
      await context.session.unsubscribe('file:///left');
      return {};
    },
  });
  handler.describe = () => ({ serverInfo: { name: 'contract', version: '1' }, capabilities });
  await using server = await serve({ handler, eventLog: { maxEvents: 8 } });
  const session = await server.session();
  await session.answer('subscribe', { uris: ['file:///a', 'file:///left', 'file:///b'] });
  for (let n = 1; n <= 20; n++) server.transport.broadcast('notifications/n', { n });
  const resumed = await (await session.get('0.3')).received(12);
  server.transport.broadcast('notifications/n', { n: 'live' });
  await resumed.until('what is live', ({ messages }) => messages.at(-1)?.params?.n === 'live');
  expect(resumed.frames[1]?.comment).toBe('events before this were dropped');
  const told = resumed.messages.map(({ method, params }) => params?.n ?? (params ? `${method} ${params.uri}` : method));
  // What a session follows has no order.
  const updated = told.splice(10, 2).sort();
  expect(updated).toEqual(['file:///a', 'file:///b'].map((uri) => `notifications/resources/updated ${uri}`));
  expect(told).toEqual([
    ...[13, 14, 15, 16, 17, 18, 19, 20],
    'notifications/tools/list_changed',
    'notifications/resources/list_changed',
    'live',
  ]);
  // Where nothing was lost, nothing is told anew.
  const second = await session.get(resumed.eventIds.at(-2));
  await second.received(1);
  expect(second.messages).toHaveLength(1);
});

test("[R2] a trimmed request stream tells nothing anew: that is the standalone stream's part", async () => {
  const handler = testHandler({ count });
  handler.describe = () => ({
    serverInfo: { name: 'contract', version: '1' },
    capabilities: { tools: { listChanged: true } },
  });
  await using server = await serve({ handler, eventLog: { maxEvents: 2 } });
  const session = await server.session();
  await session.answer('count', { to: 10 });
  expect((await (await session.get('1.1')).done()).messages).toHaveLength(2);
  server.transport.broadcast('notifications/n', { n: 'first' });
  expect((await (await session.get()).received(1)).messages.map(({ params }) => params?.n)).toEqual(['first']);
});

test('[R1] [R4] a stream that was delivered before it made room has lost nothing: 405', async () => {
  await using server = await serve({ eventLog: { maxSessionBytes: 10_000 } });
  const session = await server.session();
  for (const id of ['one', 'two', 'three']) await session.answer('echo', { text: 'x'.repeat(4_000) }, id);
  expect((await session.get('1.0')).status).toBe(405);
  expect((await (await session.get('3.0')).done()).messages[0].id).toBe('three');
});

test('[R4] JSON answers are not logged', async () => {
  const { backplane } = clockedStore();
  await using server = await serve({ backplane, enableJsonResponse: true });
  const session = await server.session();
  await session.answer('echo', { a: 1 });
  expect(await backplane.logs.find(session.id, '1')).toEqual({ kind: 'missing' });
  expect((await session.get('1.0')).status).toBe(400);
});

const bounds: EventLogBounds = { maxEvents: 10, maxBytes: 10_000, maxSessionBytes: 100_000, maxAgeMs: 300_000 };

test('[R4] a finished stream that was written is kept for 30 s, also when another one is read again', async () => {
  const { clock, backplane } = clockedStore();
  const { logs, sessions } = backplane;
  const opening = { protocolVersion: '2025-11-25', clientInfo: { name: 'c', version: '1' }, clientCapabilities: {} };
  const kept = { openedAt: 0, logLevel: 'info' as const, subscriptions: [], data: {}, principal: null, origin: null };
  await sessions.create(
    { id: 's', ...opening, ...kept },
    { maxSessions: 1, maxSessionsPerPrincipal: null, idleTimeoutMs: null },
  );
  const finished = async (stream: string) => {
    const log = logs.open('s', stream, bounds);
    await log.append({ json: '{}', last: true });
    log.delivered();
    return log;
  };
  const busy = await finished('1');
  await finished('2');
  clock.now += 29_999;
  busy.delivered();
  await logs.sweep();
  expect(await logs.find('s', '2')).toMatchObject({ kind: 'kept' });
  clock.now += 1;
  await logs.sweep();
  // A store that others share remembers for them what an instance knows of its own streams.
  expect(await logs.find('s', '2')).toEqual({ kind: storeName === 'memory' ? 'missing' : 'finished' });
  expect(await logs.find('s', '1')).toMatchObject({ kind: 'kept' });
});

testInOneProcess(
  '[E3] [R4] a reader that comes when the oldest of the unread is too old is given what is left, and stays',
  async () => {
    const { clock, backplane } = clockedStore();
    await using server = await serve({ backplane, eventLog: { maxAgeMs: 1000 } });
    const session = await server.session();
    for (const n of [1, 2]) server.transport.broadcast('notifications/n', { n });
    clock.now += 1000;
    server.transport.broadcast('notifications/n', { n: 3 });
    const get = await (await session.get()).received(1);
    server.transport.broadcast('notifications/n', { n: 4 });
    await get.received(2);
    expect(get.messages.map(({ params }) => params.n)).toEqual([3, 4]);
    expect(get.state).toBe('arriving');
  },
);

testInOneProcess('[E3] [R4] a reader that comes after a silence is given what is left of it, and stays', async () => {
  const { clock, backplane } = clockedStore();
  await using server = await serve({ backplane, eventLog: { maxAgeMs: 1000 } });
  const session = await server.session();
  for (const n of [1, 2]) {
    server.transport.broadcast('notifications/n', { n });
    clock.now += 500;
  }
  const get = await (await session.get()).received(1);
  server.transport.broadcast('notifications/n', { n: 3 });
  await get.received(2);
  expect(get.messages.map(({ params }) => params.n)).toEqual([2, 3]);
});

test('[E9] [R4] what is still being read is kept beyond the bounds, up to the bytes given, and no more', async () => {
  const { backplane } = clockedStore();
  const log = backplane.logs.open('s', '1', { ...bounds, maxEvents: 4 });
  const kept = async () => (await log.readAfter(0, 1_000)).events.map(({ number }) => number);
  log.spareAfter(6, 5_000);
  const json = JSON.stringify('x'.repeat(500));
  for (let i = 0; i < 9; i++) log.append({ json, last: false });
  expect(await kept()).toEqual([6, 7, 8, 9]);
  log.append({ json, last: false });
  expect(await kept()).toEqual([7, 8, 9, 10]);
  log.append({ json, last: false });
  log.append({ json, last: false });
  // Past the count of events, and within the bytes: 7 and 8 have not been read.
  expect(await kept()).toEqual([7, 8, 9, 10, 11, 12]);
  for (let i = 0; i < 9; i++) log.append({ json, last: false });
  const held = await kept();
  expect(held.length).toBeGreaterThan(4);
  expect(held.length * json.length).toBeLessThan(5_000);
  log.spareAfter(null, 5_000);
  log.append({ json, last: false });
  expect(await kept()).toEqual([19, 20, 21, 22]);
});

test('[R2] a session remembers 256 streams whose answer was dropped', async () => {
  const { backplane } = clockedStore();
  for (let i = 1; i <= 300; i++) {
    const log = backplane.logs.open('s', String(i), { ...bounds, maxSessionBytes: 600 }, { request: i });
    log.append({ json: '{}', last: true });
  }
  // The last ones are within the bound of the session.
  const found = (stream: number) => backplane.logs.find('s', String(stream));
  expect(await found(300)).toMatchObject({ kind: 'kept' });
  expect(await found(298)).toEqual({ kind: 'dropped', request: 298, lastNumber: 1 });
  const kinds = await Promise.all(Array.from({ length: 300 }, async (_, i) => (await found(i + 1)).kind));
  expect(kinds.filter((kind) => kind === 'dropped')).toHaveLength(256);
  expect(kinds[0]).toBe('missing');
});
