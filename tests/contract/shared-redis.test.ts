/** What the Redis store promises beyond the contract, which runs on it as a whole: see vitest.config.ts. */
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from '@redis/client';
import { expect, onTestFinished, test } from 'vitest';
import { type RedisBackplane, redis } from '../../playground-server/transport/backplane/redis.ts';
import { type JsonObject, roots, StoreUnreachable } from '../../playground-server/transport/index.ts';
import { type RunningRedis, startRedis } from '../setup/redis.ts';
import { startRedisRelay } from '../setup/redis-relay.ts';
import { until } from '../setup/until.ts';
import { ClientSession, initializeRequest, latest } from './support/client.ts';
import { heldMethod, testHandler } from './support/handler.ts';
import { canAll } from './support/questions.ts';
import { type Served, serve } from './support/serve.ts';

const connect = (server: { url: string }): RedisBackplane => {
  const backplane = redis({ url: server.url });
  onTestFinished(() => backplane.close());
  return backplane;
};

/** All keys of the server, with the seconds that each has left; -1 is for ever. */
async function keysOf(server: RunningRedis): Promise<Record<string, number>> {
  const client = createClient({ url: server.url });
  await client.connect();
  try {
    // Broadcasts are kept for sessions to come as well.
    const keys = (await client.keys('*')).filter((key) => !key.includes('{all sessions}'));
    const left = await Promise.all(keys.map((key) => client.ttl(key)));
    return Object.fromEntries(keys.map((key, i) => [key, left[i] as number]));
  } finally {
    client.destroy();
  }
}

const modern = (server: Served) =>
  server.send({
    body: {
      jsonrpc: '2.0',
      id: 1,
      method: 'echo',
      params: {
        _meta: {
          'io.modelcontextprotocol/protocolVersion': '2026-07-28',
          'io.modelcontextprotocol/clientCapabilities': {},
        },
      },
    },
    headers: { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'echo' },
  });

test('[B3] [S3] keys return to none after all sessions ended, or go by themselves', async () => {
  await using server = await startRedis();
  {
    await using one = await serve({ backplane: connect(server) });
    await using two = await serve({ backplane: connect(server) });
    const sessions = await Promise.all([one, two, one, two].map((each) => each.session()));
    for (const [n, session] of sessions.entries()) {
      const elsewhere = new ClientSession(n % 2 ? one : two, session.id, latest);
      await elsewhere.get();
      await elsewhere.answer('echo', { n });
      await session.answer('ping');
    }
    one.transport.broadcast('notifications/n');
    await until('the broadcast to be logged', async () =>
      Object.keys(await keysOf(server)).some((key) => key.endsWith(':broadcasts')),
    );
    const keys = await keysOf(server);
    expect(Object.keys(keys).filter((key) => key.includes(':stream:'))).toHaveLength(12);
    // Should all processes be killed now, no key would stay: but for the counter of fences, which may never go back.
    const lasting = Object.entries(keys).filter(([, left]) => left < 0);
    expect(lasting.map(([key]) => key)).toEqual(['mcp:{claims}:fence']);
    for (const session of sessions) expect((await session.delete()).status).toBe(200);
    await until('the streams to be gone', async () =>
      Object.keys(await keysOf(server)).every((key) => !/:(stream|log|streams|weight|broadcasts)/.test(key)),
    );
  }
  // What is left is remembered for five minutes, to say why a session is gone, and goes by itself.
  const left = await keysOf(server);
  expect(Object.keys(left).filter((key) => !/:session$|ended$|instances$|fence$/.test(key))).toEqual([]);
  for (const [key, seconds] of Object.entries(left)) if (key.endsWith(':session')) expect(seconds).toBeLessThan(301);
});

test('[B3] [R2] the names of finished streams go by themselves', async () => {
  await using server = await startRedis();
  let now = 1_000_000;
  const backplane = redis({ url: server.url, now: () => now });
  onTestFinished(() => backplane.close());
  const bounds = { maxEvents: 9, maxBytes: 999, maxSessionBytes: 9999, maxAgeMs: 60_000 };
  const log = backplane.logs.open('session', '1', bounds);
  await log.append({ json: '{}', last: true });
  log.delivered();
  await until('that to be noted', async () => {
    now += 60_000;
    await backplane.logs.sweep();
    return (await backplane.logs.find('session', '1')).kind === 'finished';
  });
  const keys = await keysOf(server);
  expect(Object.keys(keys).filter((key) => key.endsWith(':finished'))).toHaveLength(1);
  expect(Object.entries(keys).filter(([, left]) => left < 0)).toEqual([]);
});

test.each([
  ['stands still', (server: RunningRedis) => server.pause(), async (server: RunningRedis) => server.resume()],
  ['is gone', (server: RunningRedis) => server.stop(), (server: RunningRedis) => server.restart()],
])(
  '[B6] while Redis %s: 503, modern calls go on, streams are held, and all that was said comes once',
  async (_, leave, comeBack) => {
    await using server = await startRedis();
    const held = heldMethod();
    const handler = testHandler({ held: held.method });
    const backplane = connect(server);
    await using one = await serve({ backplane, handler });
    await using two = await serve({ backplane: connect(server) });
    const session = await one.session();
    const [get, call] = [await session.get(), await session.call('held', {}, 'held')];
    const { context, answer } = await held.begun();
    await get.received(0);
    await leave(server);
    const refused = await session.answer('ping');
    expect([refused.status, refused.headers['retry-after']]).toEqual([503, '1']);
    expect(refused.json.error.message).toContain('out of reach');
    expect(backplane.isReachable).toBe(false);
    expect((await modern(one)).status).toBe(200);
    for (let n = 1; n <= 3; n++) {
      context.notify('notifications/progress', { n });
      one.transport.broadcast('notifications/n', { n });
    }
    answer({ done: true });
    expect([call.state, call.messages, get.state, get.messages]).toEqual(['arriving', [], 'arriving', []]);
    await comeBack(server);
    expect((await call.done()).messages.map(({ params, result }) => params?.n ?? result)).toEqual([
      1,
      2,
      3,
      { done: true },
    ]);
    await get.received(3);
    expect(get.messages.map(({ params }) => params.n)).toEqual([1, 2, 3]);
    expect(get.eventIds).toEqual(['0.1', '0.2', '0.3']);
    await until('both to be served again', async () => {
      const answers = [session, new ClientSession(two, session.id, latest)].map((each) => each.answer('ping'));
      return (await Promise.all(answers)).every(({ status }) => status === 200);
    });
    expect(backplane.isReachable).toBe(true);
    // Messages between the two reach each other again.
    two.transport.broadcast('notifications/n', { n: 4 });
    await get.until('what the other one tells', () => get.messages.some(({ params }) => params?.n === 4));
    expect(get.messages.filter(({ params }) => params?.n !== undefined).map(({ params }) => params.n)).toEqual([
      1, 2, 3, 4,
    ]);
  },
);

test('[B5] an instance that runs nothing is forgotten until it does', async () => {
  await using server = await startRedis();
  let now = 1_000_000;
  const backplane = redis({ url: server.url, now: () => now });
  onTestFinished(() => backplane.close());
  const { logs } = backplane;
  const bounds = { maxEvents: 9, maxBytes: 999, maxSessionBytes: 9999, maxAgeMs: 60_000 };
  await logs.open('session', '1', bounds, { instance: 'gone', request: 1 }).takeOver();
  now += 6_000;
  const [left] = await logs.unfinished('gone');
  expect([left?.requests, await logs.owing('other')]).toEqual([[1], ['gone']]);
  await logs.finish(left as NonNullable<typeof left>, ['{}']);
  expect([await logs.unfinished('gone'), await logs.owing('other')]).toEqual([[], []]);
  // It was only paused for long; this process says at most once a second that it is there.
  await sleep(1_001);
  await logs.open('session', '2', bounds, { instance: 'gone', request: 2 }).takeOver();
  expect([await logs.unfinished('other'), await logs.owing('other')]).toEqual([[], ['gone']]);
});

test('[B3] a server starts before Redis does: what is asked meanwhile waits, or is answered 503', async () => {
  const server = await startRedis();
  await server.stop();
  const backplane = connect(server);
  await using one = await serve({ backplane });
  const early = await one.send({ body: initializeRequest() });
  expect(early.status).toBe(503);
  await server.restart();
  await until('Redis to be reached', () => backplane.isReachable);
  expect((await (await one.session()).answer('ping')).status).toBe(200);
  await server[Symbol.asyncDispose]();
});

test('[B6] a server whose first connections break hears the others later', async () => {
  await using server = await startRedis();
  await using relay = await startRedisRelay(server.url);
  const mend = relay.cut();
  const backplane = connect(relay);
  await using one = await serve({ backplane });
  await using two = await serve({ backplane: connect(server) });
  expect((await one.send({ body: initializeRequest() })).status).toBe(503);
  const { refused } = relay;
  await until('two more to break', () => relay.refused >= refused + 2);
  mend();
  await until('Redis to be reached', () => backplane.isReachable);
  const get = await (await one.session()).get();
  await until('a broadcast to be heard', () => {
    two.transport.broadcast('notifications/n');
    return get.messages.length > 0;
  });
});

test('[B6] [L4] a message that Redis did not pass on is owed: the next one says that some were missed', async () => {
  await using server = await startRedis();
  await using relay = await startRedisRelay(server.url);
  const [one, two] = [connect(relay), connect(server)];
  const heard: unknown[] = [];
  two.messages.subscribe(
    't',
    ({ n }) => void heard.push(n),
    () => void heard.push('missed'),
  );
  await until('it to be heard', async () => {
    await one.messages.publish('t', { n: 'begin' });
    return heard.includes('begin');
  });
  heard.length = 0;
  relay.mute('first');
  await expect(Promise.resolve(one.messages.publish('t', { n: 'first' }))).rejects.toThrow(StoreUnreachable);
  for (const n of ['second', 'third']) await one.messages.publish('t', { n });
  await until('the third', () => heard.includes('third'));
  expect(heard.filter((n) => n !== 'begin').toSorted()).toEqual(['missed', 'second', 'third']);
});

test('[B6] [E6] Redis refuses an event and takes those behind it: all come once, in order', async () => {
  await using server = await startRedis();
  await using relay = await startRedisRelay(server.url);
  const held = heldMethod();
  await using one = await serve({ backplane: connect(relay), handler: testHandler({ held: held.method }) });
  const session = await one.session();
  const call = await session.call('held', {}, 'held');
  const { context, answer } = await held.begun();
  const marks = Array.from({ length: 12 }, (_, n) => `mark ${n}.`);
  for (const mark of [marks[0], marks[4], marks[5], marks[9]]) relay.spoil(mark as string);
  for (const mark of marks) context.notify('notifications/progress', { mark });
  answer({ done: true });
  await call.done();
  expect(relay.spoilt).toBe(4);
  expect(call.messages.map(({ params, result }) => params?.mark ?? result)).toEqual([...marks, { done: true }]);
  expect(call.eventIds).toEqual(Array.from({ length: 13 }, (_, n) => `1.${n + 1}`));
});

test('[B6] [E6] what is said between two refusals comes behind both', async () => {
  await using server = await startRedis();
  await using relay = await startRedisRelay(server.url, 150);
  const held = heldMethod();
  await using one = await serve({ backplane: connect(relay), handler: testHandler({ held: held.method }) });
  const session = await one.session();
  const call = await session.call('held', {}, 'held');
  const { context, answer } = await held.begun();
  relay.spoil('mark 1.');
  for (let n = 0; n < 20; n++) {
    context.notify('notifications/progress', { mark: `mark ${n}.` });
    await sleep(20);
  }
  answer({ done: true });
  await call.done();
  expect(relay.spoilt).toBe(1);
  const marks = Array.from({ length: 20 }, (_, n) => `mark ${n}.`);
  expect(call.messages.map(({ params, result }) => params?.mark ?? result)).toEqual([...marks, { done: true }]);
});

test('[B6] [E6] a stream ends behind what was refused of it', async () => {
  await using server = await startRedis();
  await using relay = await startRedisRelay(server.url);
  const { logs } = connect(relay);
  const log = logs.open('session', '1', { maxEvents: 9, maxBytes: 999, maxSessionBytes: 999, maxAgeMs: 60_000 });
  await log.takeOver();
  relay.spoil('mark');
  const event = { json: '"mark"', last: false };
  const outcomes = await Promise.allSettled([log.append(event), log.end()]);
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect([await log.append(event), await log.end()]).toEqual([1, undefined]);
  expect(await log.readAfter(0, 9)).toMatchObject({ events: [{ number: 1, json: '"mark"' }], ended: true });
});

test('[B6] Redis refuses to open a stream: the request is answered 503, and may come again', async () => {
  await using server = await startRedis();
  await using relay = await startRedisRelay(server.url);
  await using one = await serve({ backplane: connect(relay) });
  const session = await one.session();
  relay.spoil('"again"');
  const refused = await session.answer('echo', { n: 1 }, 'again');
  expect([relay.spoilt, refused.status, refused.headers['retry-after']]).toEqual([1, 503, '1']);
  expect((await session.answer('echo', { n: 2 }, 'again')).messages.at(-1)?.result).toEqual({ n: 2 });
});

const asks = testHandler({
  ask: async (_, context) => ({ given: (await context.ask({ given: roots() })).given as JsonObject }),
});

test('[C1] [B6] an answer that came while the connection was lost is found', async () => {
  await using server = await startRedis();
  await using relay = await startRedisRelay(server.url);
  const backplane = connect(relay);
  await using one = await serve({ backplane, handler: asks });
  await using two = await serve({ backplane: connect(server) });
  const session = await one.session(latest, canAll);
  const call = await (await session.call('ask')).received(1);
  const mend = relay.cut();
  await until('the connection to be gone', () => !backplane.isReachable);
  const response = { jsonrpc: '2.0', id: call.messages[0].id, result: { roots: [] } };
  expect((await new ClientSession(two, session.id, latest).send({ body: response })).status).toBe(202);
  mend();
  await call.done();
  expect(call.messages.at(-1)).toMatchObject({ result: { given: { roots: [] } } });
});

test('[C1] [B6] an answer that the store did not give is looked for again', async () => {
  await using server = await startRedis();
  await using relay = await startRedisRelay(server.url);
  await using one = await serve({ backplane: connect(relay), handler: asks });
  await using two = await serve({ backplane: connect(server) });
  const session = await one.session(latest, canAll);
  const call = await (await session.call('ask')).received(1);
  const { id } = call.messages[0];
  relay.spoil(id);
  const response = { jsonrpc: '2.0', id, result: { roots: [] } };
  expect((await new ClientSession(two, session.id, latest).send({ body: response })).status).toBe(202);
  await call.done();
  expect(relay.spoilt).toBe(1);
  expect(call.messages.at(-1)).toMatchObject({ result: { given: { roots: [] } } });
});

test('[C1] [B8] who waits finds what it was not told of', async () => {
  await using server = await startRedis();
  await using relay = await startRedisRelay(server.url);
  const held = heldMethod();
  const handler = testHandler({ held: held.method });
  await using one = await serve({ backplane: connect(server), handler: asks });
  await using two = await serve({ backplane: connect(relay), handler });
  const session = await one.session(latest, canAll);
  const elsewhere = new ClientSession(two, session.id, latest);
  const call = await (await session.call('ask')).received(1);
  relay.lose(call.messages[0].id);
  const response = { jsonrpc: '2.0', id: call.messages[0].id, result: { roots: [] } };
  expect((await elsewhere.send({ body: response })).status).toBe(202);
  await call.done();
  expect(relay.spoilt).toBe(1);
  expect(call.messages.at(-1)).toMatchObject({ result: { given: { roots: [] } } });

  const running = await elsewhere.call('held');
  const { answer } = await held.begun();
  await running.until('its first bytes', ({ frames }) => frames.length > 0);
  const resumed = await session.get(running.frames[0]?.id);
  await running.done();
  relay.lose('appended');
  answer({ done: true });
  await resumed.done();
  expect(resumed.messages.at(-1)).toMatchObject({ result: { done: true } });
  expect(relay.spoilt).toBe(2);
});

test('[B8] [B6] who serves a stream reads on after a lost connection', async () => {
  await using server = await startRedis();
  await using relay = await startRedisRelay(server.url);
  const backplane = connect(relay);
  const held = heldMethod();
  await using one = await serve({ backplane: connect(server), handler: testHandler({ held: held.method }) });
  await using two = await serve({ backplane });
  const session = await one.session();
  const call = await session.call('held');
  const { context, answer } = await held.begun();
  await call.received(0);
  const resumed = await new ClientSession(two, session.id, latest).get('1.0');
  await call.done();
  const mend = relay.cut();
  await until('the connection to be gone', () => !backplane.isReachable);
  context.notify('notifications/progress', { n: 1 });
  answer({ done: true });
  await until('the answer to be stored', () => one.transport.inspect().inFlight.length === 0);
  mend();
  expect((await resumed.done()).messages.map(({ params, result }) => params?.n ?? result)).toEqual([1, { done: true }]);
});
