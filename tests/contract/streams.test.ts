import { expect, test } from 'vitest';
import { memory } from '../../playground-server/transport/index.ts';
import { until } from '../setup/until.ts';
import { latest } from './support/client.ts';
import { heldMethod, type Method, testHandler } from './support/handler.ts';
import { type Served, serve } from './support/serve.ts';

const listChanged = 'notifications/tools/list_changed';
const told = (method: string, params?: object) => ({ jsonrpc: '2.0', method, ...(params ? { params } : {}) });
const nobodyReads = (server: Served) => () => server.transport.inspect().streams.every(({ open }) => !open);

test('[E1] an event stream has the headers that keep proxies from holding it back', async () => {
  const held = heldMethod();
  await using server = await serve({ handler: testHandler({ held: held.method }) });
  const session = await server.session();
  for (const answer of [await session.get(), await session.call('held')]) {
    expect(answer.status).toBe(200);
    expect(answer.headers).toMatchObject({
      'content-type': 'text/event-stream',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
    });
    expect(answer.headers['content-encoding']).toBeUndefined();
    expect(answer.headers['mcp-session-id']).toBeUndefined();
  }
});

test('[E1] from 2025-11-25 on the first event primes: id, retry and a literal empty data line, at once', async () => {
  const held = heldMethod();
  await using server = await serve({ handler: testHandler({ held: held.method }), retryInterval: 1234 });
  const session = await server.session(latest);
  const [get, call] = [await session.get(), await session.call('held')];
  for (const [answer, id] of [
    [get, '0.0'],
    [call, '1.0'],
  ] as const) {
    await answer.until('the first event', ({ frames }) => frames.length > 0);
    expect(answer.text).toBe(`id: ${id}\nretry: 1234\ndata:\n\n`);
  }
  // The handler still runs: the bytes did not wait for it.
  expect(held.calls).toHaveLength(1);
  expect(server.transport.inspect().inFlight).toHaveLength(1);
});

test.each(['2025-06-18', '2025-03-26'])(
  '[E1] before that (%s) the first bytes are a comment, at once, and events still have ids',
  async (version) => {
    const held = heldMethod();
    await using server = await serve({ handler: testHandler({ held: held.method }) });
    const session = await server.session(version);
    for (const answer of [await session.get(), await session.call('held')]) {
      await answer.until('the first bytes', ({ text }) => text !== '');
      expect(answer.text).toMatch(/^: [^\n]+\n\n$/);
    }
    expect((await session.answer('ping')).eventIds).toEqual(['2.1']);
  },
);

test('[E1] not resumable: a comment first, and no ids at all', async () => {
  await using server = await serve({ eventLog: null });
  const session = await server.session(latest);
  const get = await session.get();
  server.transport.broadcast(listChanged);
  await get.received(1);
  expect(get.text).toMatch(/^: [^\n]+\n\ndata: \{[^\n]+\}\n\n$/);
  expect((await session.answer('ping')).text).toMatch(/^: [^\n]+\n\ndata: \{[^\n]+\}\n\n$/);
});

test('[E1] on resume the priming id is the id received; priming takes no number', async () => {
  await using server = await serve();
  const session = await server.session();
  const first = await session.get();
  for (let i = 0; i < 3; i++) server.transport.broadcast(listChanged);
  await first.received(3);
  expect(first.eventIds).toEqual(['0.1', '0.2', '0.3']);
  const resumed = await (await session.get('0.2')).received(1);
  expect(resumed.frames[0]).toMatchObject({ id: '0.2', data: '' });
  expect(resumed.eventIds).toEqual(['0.3']);
});

test('[E1] the answer of a handler that does not wait leaves with the head in one write', async () => {
  await using server = await serve();
  const session = await server.session();
  const answer = await session.answer('ping');
  expect(answer.chunks).toHaveLength(1);
  expect(answer.frames.map(({ data }) => data === '')).toEqual([true, false]);
});

test('events arrive one by one while the call runs', async () => {
  const held = heldMethod();
  await using server = await serve({ handler: testHandler({ held: held.method }) });
  const session = await server.session();
  const answer = await session.call('held', {}, 'slow');
  const { context, answer: finish } = await held.begun();
  for (let step = 1; step <= 5; step++) {
    context.notify('notifications/progress', { step });
    await answer.received(step);
    expect([answer.messages.length, answer.state]).toEqual([step, 'arriving']);
  }
  finish({ done: true });
  await answer.done();
  expect(answer.chunks.length).toBeGreaterThanOrEqual(6);
  expect(answer.eventIds).toEqual(['1.1', '1.2', '1.3', '1.4', '1.5', '1.6']);
});

test('a quiet stream is kept alive with comments, on GET and POST alike, and one that is not quiet is not', async () => {
  const held = heldMethod();
  await using server = await serve({ handler: testHandler({ held: held.method }), keepAliveMs: 60 });
  const session = await server.session();
  const [get, call] = [await session.get(), await session.call('held')];
  const comments = (answer: typeof get) => answer.frames.filter(({ comment }) => comment !== undefined);
  for (const answer of [get, call]) await answer.until('three comments', () => comments(answer).length >= 3);
  expect(get.messages).toEqual([]);
  (await held.begun()).answer({});
  await call.done();
  const quiet = await session.get();
  await quiet.until('a comment', () => comments(quiet).length >= 1);
  expect(get.state).toBe('ended');
});

test('[E2] GET: Accept 406, no id 400, unknown 404, then the version, in this order', async () => {
  await using server = await serve();
  const session = await server.session();
  const headers: Record<string, string> = { accept: 'application/json', 'mcp-protocol-version': '2025-06-18' };
  const seen: [number, string][] = [];
  const look = async (change: Record<string, string>) => {
    Object.assign(headers, change);
    const answer = await server.open({ method: 'GET', headers });
    if (answer.status === 200) return seen.push([200, '']);
    const { error, ...rest } = (await answer.done()).json;
    expect(rest).toEqual({ jsonrpc: '2.0' });
    return seen.push([answer.status, error.message.split(/[.:]/)[0]]);
  };
  await look({});
  await look({ accept: 'text/event-stream', 'mcp-session-id': '' });
  await look({ 'mcp-session-id': 'unknown', 'mcp-protocol-version': '1999-01-01' });
  await look({ 'mcp-session-id': session.id });
  await look({ 'mcp-protocol-version': latest });
  expect(seen).toEqual([
    [406, 'Not Acceptable'],
    [400, 'Missing session ID'],
    [404, 'Session not found'],
    [400, 'Unsupported MCP-Protocol-Version'],
    [200, ''],
  ]);
});

test('[E2] GET needs text/event-stream alone, by name or range', async () => {
  await using server = await serve();
  const session = await server.session();
  for (const accept of ['text/event-stream', 'text/*', '*/*', 'application/json, text/event-stream']) {
    expect((await session.open({ method: 'GET', headers: { accept } })).status, accept).toBe(200);
    server.server.closeAllConnections();
    await until('the stream to be closed', nobodyReads(server));
  }
  for (const accept of [undefined, 'application/json', 'text/event-stream;q=0']) {
    expect((await session.send({ method: 'GET', headers: { accept } })).status, accept).toBe(406);
  }
});

test('[E2] GET works in JSON mode', async () => {
  await using server = await serve({ enableJsonResponse: true });
  const session = await server.session();
  const get = await session.get();
  server.transport.broadcast(listChanged);
  expect((await get.received(1)).messages).toEqual([told(listChanged)]);
});

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

test('[E3] more than three replacements in 10 s answer 409 with Retry-After, and the stream goes on', async () => {
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
});

test('[E3] 10 s after the replacements another one is accepted', async ({ onTestFinished }) => {
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

const bounds = [
  ['the count of events', { maxEvents: 3 }],
  ['the bytes of a stream', { maxBytes: 900 }],
  ['the bytes of a session', { maxSessionBytes: 900 }],
  ['the age of events', { maxAgeMs: 1000 }],
] as const;

test.each(bounds)(
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

test('[E7] without an event log a GET begins with what comes next, however much came before', async () => {
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

test('a reader that stalls gets what the log holds when it reads again, in order', async () => {
  await using server = await serve({
    eventLog: { maxEvents: 5000, maxBytes: 64_000_000, maxSessionBytes: 64_000_000 },
  });
  const session = await server.session();
  const get = await session.get();
  get.pause();
  for (let n = 1; n <= 2000; n++) server.transport.broadcast('notifications/n', { n, text: 'x'.repeat(10_000) });
  await session.answer('ping');
  server.transport.broadcast('notifications/n', { n: 2001, text: 'end of all' });
  get.resume();
  await get.until('the last one', ({ chunks }) => chunks.slice(-3).join('').includes('end of all'));
  expect(get.messages.map(({ params }) => params.n)).toEqual(Array.from({ length: 2001 }, (_, i) => i + 1));
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
