import { expect, test } from 'vitest';
import { heldMethod, type Method, testHandler } from './support/handler.ts';
import { serve } from './support/serve.ts';

const listChanged = 'notifications/tools/list_changed';
const told = (method: string, params?: object) => ({ jsonrpc: '2.0', method, ...(params ? { params } : {}) });

const done = async (work: unknown) => {
  await work;
  return {};
};
const sessionMethods: Record<string, Method> = {
  subscribe: async ({ uri }, { session }) => done(session.subscribe(String(uri))),
  unsubscribe: async ({ uri }, { session }) => done(session.unsubscribe(String(uri))),
  level: async ({ level }, { session }) => done(session.setLogLevel(level as 'error')),
  announce: (_, context) => done(context.broadcast('notifications/announced')),
};

test('[E4] a message tied to a request goes to its stream and no other; anything else to the standalone stream', async () => {
  const held = heldMethod();
  await using server = await serve({ handler: testHandler({ held: held.method }) });
  const [session, other] = [await server.session(), await server.session()];
  const [get, othersGet] = [await session.get(), await other.get()];
  const [one, two] = [await session.call('held', {}, 1), await session.call('held', {}, 2)];
  const [first, second] = [await held.begun(), await held.begun()];
  first.context.notify('notifications/progress', { of: 1 });
  second.context.log('error', 'of 2', 'tests');
  first.context.session.notify('notifications/message', { of: 'session' });
  first.answer({});
  second.answer({});
  expect((await one.done()).messages.slice(0, -1)).toEqual([told('notifications/progress', { of: 1 })]);
  expect((await two.done()).messages.slice(0, -1)).toEqual([
    told('notifications/message', { level: 'error', logger: 'tests', data: 'of 2' }),
  ]);
  expect((await get.received(1)).messages).toEqual([told('notifications/message', { of: 'session' })]);
  server.transport.broadcast(listChanged);
  expect((await othersGet.received(1)).messages).toEqual([told(listChanged)]);
});

test("[E4] after its response a request's message is dropped and traced", async () => {
  const held = heldMethod();
  await using server = await serve({ handler: testHandler({ held: held.method }), traced: true });
  const session = await server.session();
  const get = await session.get();
  const answer = await session.call('held');
  const call = await held.begun();
  call.answer({});
  await answer.done();
  call.context.notify('notifications/progress', { late: true });
  server.transport.broadcast(listChanged);
  expect((await get.received(1)).messages).toEqual([told(listChanged)]);
  expect(answer.messages).toHaveLength(1);
  const dropped = server.traces.filter(({ event }) => event.type === 'message-dropped');
  expect(dropped.map(({ event }) => event)).toEqual([
    { type: 'message-dropped', method: 'notifications/progress', why: 'request-already-answered' },
  ]);
  expect(dropped[0]?.place).toMatchObject({ stream: '1' });
});

test("[E4] a request's log messages go by the level that the session set", async () => {
  const handler = testHandler({
    set: async ({ level }, { session }) => {
      await session.setLogLevel(level as 'error');
      return {};
    },
    talk: (_, context) => {
      for (const level of ['debug', 'info', 'warning', 'error', 'emergency'] as const) context.log(level, level);
      return {};
    },
  });
  await using server = await serve({ handler });
  const session = await server.session();
  const levels = async () => (await session.answer('talk')).messages.slice(0, -1).map(({ params }) => params.level);
  expect(await levels()).toEqual(['info', 'warning', 'error', 'emergency']);
  await session.answer('set', { level: 'error' });
  expect(await levels()).toEqual(['error', 'emergency']);
  await session.answer('set', { level: 'debug' });
  expect(await levels()).toEqual(['debug', 'info', 'warning', 'error', 'emergency']);
});

test('[E5] a broadcast reaches the standalone stream of every session once; from a handler as well', async () => {
  await using server = await serve({ handler: testHandler(sessionMethods) });
  const sessions = [await server.session(), await server.session('2025-03-26'), await server.session()];
  const gets = await Promise.all(sessions.map((session) => session.get()));
  server.transport.broadcast(listChanged);
  const answer = await sessions[0]?.answer('announce');
  expect(answer?.messages).toHaveLength(1);
  server.transport.broadcast('notifications/end');
  for (const get of gets) {
    await get.received(3);
    expect(get.messages).toEqual([told(listChanged), told('notifications/announced'), told('notifications/end')]);
  }
});

test("[E5] server-wide logs go by each session's level, resources/updated to those that subscribed", async () => {
  await using server = await serve({ handler: testHandler(sessionMethods) });
  const [quiet, plain, subscribed] = [await server.session(), await server.session(), await server.session()];
  await quiet.answer('level', { level: 'error' });
  for (const uri of ['lab://a', 'lab://b']) await subscribed.answer('subscribe', { uri });
  await subscribed.answer('unsubscribe', { uri: 'lab://b' });
  const gets = [await quiet.get(), await plain.get(), await subscribed.get()];
  for (const level of ['debug', 'info', 'error']) server.transport.broadcast('notifications/message', { level });
  server.transport.broadcast('notifications/message', { level: 'no such level' });
  for (const uri of ['lab://a', 'lab://b']) server.transport.broadcast('notifications/resources/updated', { uri });
  server.transport.broadcast('notifications/resources/updated');
  server.transport.broadcast('notifications/end');
  const heard = [];
  for (const get of gets) {
    await get.until('the last one', ({ messages }) => messages.at(-1)?.method === 'notifications/end');
    heard.push(get.messages.slice(0, -1).map(({ params }) => params.level ?? params.uri));
  }
  expect(heard).toEqual([['error'], ['info', 'error'], ['info', 'error', 'lab://a']]);
});

test('[E6] event ids are <stream>.<number>, unique in the session, without gaps in their stream', async () => {
  const handler = testHandler({
    count: (_, context) => {
      for (let i = 0; i < 3; i++) context.notify('notifications/progress', { i });
      return {};
    },
  });
  await using server = await serve({ handler });
  const session = await server.session();
  const get = await session.get();
  const ids: (string | undefined)[] = [];
  for (let i = 0; i < 3; i++) {
    ids.push(...(await session.answer('count', {}, 1)).eventIds);
    server.transport.broadcast(listChanged);
  }
  ids.push(...(await get.received(3)).eventIds);
  expect(new Set(ids).size).toBe(15);
  const streams = Map.groupBy(ids, (id) => String(id).split('.')[0]);
  expect([...streams.keys()].sort()).toEqual(['0', '1', '2', '3']);
  for (const [stream, own] of streams) expect(own).toEqual(own.map((_, i) => `${stream}.${i + 1}`));
});

test('[E6] line breaks and NUL in what a handler says stay inside one data line', async () => {
  const text = 'a\nb\r\nc\rd\0e\n\nid: 99\ndata: x\u2028\u2029';
  const handler = testHandler({
    say: (params, context) => {
      context.notify(text, { text });
      return params;
    },
  });
  await using server = await serve({ handler });
  const answer = await (await server.session()).answer('say', { text }, text);
  expect(answer.frames).toHaveLength(3);
  expect(answer.messages).toEqual([told(text, { text }), { jsonrpc: '2.0', id: text, result: { text } }]);
  expect(answer.text).not.toMatch(/[\r\0]/);
});

test("[E10] the last event of a request's stream is its response; then it ends", async () => {
  const held = heldMethod();
  await using server = await serve({ handler: testHandler({ held: held.method }) });
  const session = await server.session();
  const answer = await session.call('held', {}, 'e');
  const call = await held.begun();
  for (let i = 0; i < 100; i++) call.context.notify('notifications/progress', { i });
  call.answer({ last: true });
  await answer.done();
  call.context.notify('notifications/progress', { i: 100 });
  expect(answer.state).toBe('ended');
  expect(answer.messages).toHaveLength(101);
  expect(answer.messages.at(-1)).toEqual({ jsonrpc: '2.0', id: 'e', result: { last: true } });
  expect(server.transport.inspect().streams).toEqual([]);
});
