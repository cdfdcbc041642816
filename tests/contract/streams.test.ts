import { expect, test } from 'vitest';
import { StreamableHttpTransport } from '../../playground-server/transport/index.ts';
import { until } from '../setup/until.ts';
import { initializeRequest, latest } from './support/client.ts';
import { framesOf } from './support/frames.ts';
import { heldMethod, testHandler } from './support/handler.ts';
import { MemoryExchange } from './support/memory-exchange.ts';
import { type Served, serve } from './support/serve.ts';
import { testAtOnce } from './support/store.ts';

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
    expect((await session.answer('ping')).eventIds).toEqual([expect.stringMatching(/^[1-9]\d*\.1$/)]);
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

testAtOnce('[E1] the answer of a handler that does not wait leaves with the head in one write', async () => {
  await using server = await serve();
  const session = await server.session();
  const answer = await session.answer('ping');
  expect(answer.chunks).toHaveLength(1);
  expect(answer.frames.map(({ data }) => data === '')).toEqual([true, false]);
});

test('[E1] what is said in the first turn waits for its end up to 16 KiB: more leaves at once, and only once', async () => {
  const turn: (() => void)[] = [];
  class OneTurn extends MemoryExchange {
    override afterThisTurn(callback: () => void): void {
      turn.push(callback);
    }
  }
  const held = heldMethod();
  const transport = new StreamableHttpTransport({ handler: testHandler({ held: held.method }) });
  const opening = new MemoryExchange('POST', {}, initializeRequest());
  transport.handle(opening);
  const id = { 'mcp-session-id': opening.answerHeaders['mcp-session-id'] as string };
  const exchange = new OneTurn('POST', id, { jsonrpc: '2.0', id: 1, method: 'held' });
  transport.handle(exchange);
  const { context, answer } = await held.begun();
  const said = () => framesOf(exchange.body).map(({ data }) => data && JSON.parse(data).params?.n);
  context.notify(listChanged, { n: 1 });
  expect(said()).toEqual([]);
  context.notify(listChanged, { n: 2, text: 'x'.repeat(16 * 1024) });
  expect(said()).toEqual(['', 1, 2]);
  for (const end of turn) end();
  context.notify(listChanged, { n: 3 });
  expect(said()).toEqual(['', 1, 2, 3]);
  answer({});
  await transport.close();
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
  expect((await get.done()).state).toBe('ended');
});

test('[E1] a quiet stream is kept alive after another one ended', async () => {
  await using server = await serve({ keepAliveMs: 60 });
  const [stays, ends] = [await (await server.session()).get(), await (await server.session()).get()];
  const comments = () => stays.frames.filter(({ comment }) => comment !== undefined).length;
  await stays.until('a comment', () => comments() >= 1);
  ends.destroy();
  await until('it to be noticed', () => server.transport.inspect().streams.filter(({ open }) => open).length === 1);
  const before = comments();
  await stays.until('two comments more', () => comments() >= before + 2);
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
