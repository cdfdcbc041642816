import { expect, test } from 'vitest';
import { until } from '../setup/until.ts';
import { clockedStore } from './support/clocked-store.ts';
import { expectError, expectMissing } from './support/expect.ts';
import { heldMethod, type Method, testHandler } from './support/handler.ts';
import { serve } from './support/serve.ts';
import { inOneProcess } from './support/store.ts';

const minute = 60_000;

// Only the process that uses a session can say that it does not any more.
test.each(inOneProcess ? ['DELETE', 'expiry'] : ['DELETE'])(
  '[S3] ending a session by %s closes its streams and aborts its handlers',
  async (by) => {
    const { clock, backplane } = clockedStore();
    const held = heldMethod();
    const handler = testHandler({ held: held.method });
    await using server = await serve({ handler, backplane, sessionIdleTimeoutMs: minute });
    const [session, other] = [await server.session(), await server.session()];
    const [get, answer, othersGet] = [await session.get(), await session.call('held'), await other.get()];
    const call = await held.begun();
    const { signal } = call.context;
    if (by === 'DELETE') await session.delete();
    else {
      // A session in use does not expire: the store is told that its user is gone, as of another process that died.
      backplane.sessions.release(session.id);
      clock.now += minute;
      expectMissing(await session.answer('ping'), 'expired');
    }
    expect([(await get.done()).state, (await answer.done()).state]).toEqual(['ended', 'ended']);
    expect(answer.messages).toEqual([]);
    // Where the request runs in another process, its connection may be seen to end before its signal is.
    await until('its handler to be aborted', () => signal.aborted);
    expect(othersGet.state).toBe('arriving');
    call.context.notify('notifications/progress', {});
    call.context.session.notify('notifications/message', {});
    call.answer({});
    await until('all to be gone that was its', () => server.transport.inspect().sessions.length === 1);
    const left = server.transport.inspect();
    expect(left.inFlight).toEqual([]);
    expect(left.streams.filter(({ open }) => open)).toHaveLength(1);
    for (const stream of ['0', '1']) {
      await expect.poll(() => backplane.logs.find(session.id, stream)).toEqual({ kind: 'missing' });
    }
  },
);

test('[S3] with enableJsonResponse a request whose session ends is answered 404 with the reason', async () => {
  const held = heldMethod();
  await using server = await serve({ handler: testHandler({ held: held.method }), enableJsonResponse: true });
  const session = await server.session();
  const pending = session.answer('held', {}, 'x');
  const call = await held.begun();
  await session.delete();
  expectMissing(await pending, 'deleted');
  expect((await pending).json.id).toBe('x');
  expect(call.context.signal.aborted).toBe(true);
});

test('[S4] DELETE answers 200, empty; no id 400, unknown 404', async () => {
  await using server = await serve();
  const session = await server.session();
  const deleted = await session.delete();
  expect([deleted.status, deleted.text]).toEqual([200, '']);
  expectMissing(await session.delete(), 'deleted');
  const none = await server.send({ method: 'DELETE' });
  expect([none.status, none.json.error.code]).toEqual([400, -32600]);
  expect(none.json.error.message).toMatch(/^Missing session ID/);
  expectMissing(await server.send({ method: 'DELETE', headers: { 'mcp-session-id': 'other' } }), 'unknown');
});

test('[S5] a session record is serialisable data', async () => {
  const { backplane } = clockedStore();
  const handler = testHandler({
    fill: async (params, { session }) => {
      await session.setLogLevel('error');
      await session.subscribe('lab://a');
      await session.subscribe('lab://b');
      await session.subscribe('lab://a');
      await session.unsubscribe('lab://b');
      await session.set('__proto__', { polluted: true });
      await session.set('note', params.note ?? null);
      return {
        keys: await session.keys(),
        note: (await session.get('note')) ?? null,
        none: (await session.get('toString')) ?? null,
      };
    },
  });
  await using server = await serve({ handler, backplane });
  const session = await server.session('2025-06-18', { capabilities: { roots: {} } });
  const answer = await session.answer('fill', { note: ['kept'] }, 1);
  expect(answer.messages[0].result).toEqual({ keys: ['__proto__', 'note'], note: ['kept'], none: null });
  const admission = await backplane.sessions.admit(session.id, { principal: null, origin: null });
  if (admission.kind !== 'live') throw new Error('The session is gone');
  expect(structuredClone(admission.record)).toEqual(JSON.parse(JSON.stringify(admission.record)));
  expect(admission.record).toMatchObject({
    id: session.id,
    protocolVersion: '2025-06-18',
    clientInfo: { name: 'contract', version: '1' },
    clientCapabilities: { roots: {} },
    logLevel: 'error',
    subscriptions: ['lab://a'],
    data: { note: ['kept'] },
  });
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
});

test('[S5] [P10] a handler is told who its client is', async () => {
  const who: Method = (_, { protocolVersion, clientInfo, clientCapabilities }) => ({
    protocolVersion,
    clientInfo: { ...clientInfo },
    clientCapabilities,
  });
  await using server = await serve({ handler: testHandler({ who }) });
  const clientInfo = { name: 'me', version: '7', title: 'Me' };
  const session = await server.session('2025-06-18', { clientInfo, capabilities: { roots: {} } });
  expect((await session.answer('who')).messages[0]?.result).toEqual({
    protocolVersion: '2025-06-18',
    clientInfo,
    clientCapabilities: { roots: {} },
  });
});

test('[S6] a generated id that collides with a live one or a tombstone is generated once more', async () => {
  const ids = ['a', 'a', 'b', 'a', 'c'];
  await using server = await serve({ sessionIdGenerator: () => ids.shift() ?? 'none-left' });
  const [first, second] = [await server.session(), await server.session()];
  expect([first.id, second.id]).toEqual(['a', 'b']);
  await first.delete();
  expect((await server.session()).id).toBe('c');
});

test('[S6] a second collision answers 500, and no session is overwritten', async () => {
  const handler = testHandler({
    set: (params, { session }) => {
      session.set('note', params.note ?? null);
      return {};
    },
    get: async (_, { session }) => ({ note: (await session.get('note')) ?? null }),
  });
  await using server = await serve({ handler, sessionIdGenerator: () => 'always-the-same' });
  const session = await server.session();
  await session.answer('set', { note: 'mine' });
  const refused = await server.initialize();
  expect([refused.status, refused.json]).toEqual([
    500,
    { jsonrpc: '2.0', id: 1, error: { code: -32603, message: expect.stringMatching(/no session id could be made/) } },
  ]);
  expect(refused.headers['mcp-session-id']).toBeUndefined();
  expect((await session.answer('get', {}, 2)).messages[0].result).toEqual({ note: 'mine' });
});

test.each(['', 'has space', 'line\nbreak', 'ä', 'x'.repeat(257), 7, undefined])(
  '[S6] a generated id that is not 1 to 256 visible ASCII characters (%j) answers 500',
  async (id) => {
    await using server = await serve({ sessionIdGenerator: () => id as string });
    const answer = await server.initialize();
    expectError(answer, 500, -32603, /no session id could be made/, 1);
    expect(answer.headers['mcp-session-id']).toBeUndefined();
    expect(server.transport.inspect().sessions).toEqual([]);
  },
);

test('[S6] an id of 256 visible ASCII characters is used as it is', async () => {
  const id = '!~'.repeat(128);
  await using server = await serve({ sessionIdGenerator: () => id });
  expect((await server.session()).id).toBe(id);
});

test('[S6] ids are masked in traces and in inspect', async () => {
  const held = heldMethod();
  await using server = await serve({ handler: testHandler({ held: held.method }), traced: true });
  const session = await server.session();
  const get = await session.get();
  await session.call('held');
  server.transport.broadcast('notifications/tools/list_changed');
  await get.received(1);
  const shown = `${session.id.slice(0, 4)}…${session.id.slice(-2)}`;
  expect(server.transport.inspect().sessions[0]?.id).toBe(shown);
  expect(JSON.stringify(server.transport.inspect())).not.toContain(session.id);
  await session.delete();
  await session.answer('ping');
  const text = JSON.stringify(server.traces);
  expect(text).toContain(shown);
  expect(text).not.toContain(session.id);
});
