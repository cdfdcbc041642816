import { expect, test } from 'vitest';
import { until } from '../setup/until.ts';
import { expectError } from './support/expect.ts';
import { heldMethod, testHandler } from './support/handler.ts';
import {
  acknowledgement,
  allCapabilities,
  listen,
  listening,
  promptsChanged,
  resourcesChanged,
  resourceUpdated,
  subscriptionIdKey,
  tellingHandler,
  told,
  toolsChanged,
} from './support/listen.ts';
import { modernRequest, serverInfoKey } from './support/modern.ts';
import { type Served, serve } from './support/serve.ts';
import { testInOneProcess } from './support/store.ts';

const all = {
  toolsListChanged: true,
  promptsListChanged: true,
  resourcesListChanged: true,
  resourceSubscriptions: ['test://a', 'test://b'],
};
const closed = (server: Served) => server.traces.filter(({ event }) => event.type === 'stream-ended').length;

const invalid: [string, unknown, RegExp][] = [
  ['no notifications', undefined, /"notifications" must be an object/],
  ['null', null, /"notifications" must be an object/],
  ['an array', [], /"notifications" must be an object/],
  ['a type that is no boolean', { toolsListChanged: 'yes' }, /"toolsListChanged" must be true or false/],
  ['a type that is null', { promptsListChanged: null }, /"promptsListChanged" must be true or false/],
  ['a resource list change of 1', { resourcesListChanged: 1 }, /"resourcesListChanged" must be true or false/],
  ['resources that are no array', { resourceSubscriptions: 'test://a' }, /must be an array of URIs/],
  ['a resource that is no string', { resourceSubscriptions: ['test://a', 7] }, /must be an array of URIs/],
  [
    '1001 resources',
    { resourceSubscriptions: Array.from({ length: 1001 }, (_, n) => `test://${n}`) },
    /may name 1000 resources/,
  ],
];

test.each(invalid)('[L1] listening with %s: 400, -32602, with the id', async (_, notifications, says) => {
  await using server = await serve({ handler: tellingHandler() });
  const answer = await (await listen(server, notifications, { id: 'l' })).done();
  expectError(answer, 400, -32602, says, 'l');
});

test('[L1] listening without an id: 400, -32600', async () => {
  await using server = await serve({ handler: tellingHandler() });
  const { body, headers } = modernRequest('subscriptions/listen', { params: { notifications: all } });
  const { id, ...notification } = body as { id: unknown };
  expectError(await server.send({ body: notification, headers }), 400, -32600, /needs an id/);
});

test('[L1] with a client that takes JSON alone there is no stream to listen on: 406', async () => {
  await using server = await serve({ handler: tellingHandler(), enableJsonResponse: true });
  const answer = await (await listen(server, all, { headers: { accept: 'application/json' } })).done();
  expectError(answer, 406, -32600, /text\/event-stream/, 1);
  expect((await listening(server, all)).messages).toEqual([acknowledgement(1, all)]);
});

testInOneProcess('[L1] past maxListenStreams: 503 with Retry-After, until one is closed', async () => {
  await using server = await serve({ handler: tellingHandler(), maxListenStreams: 2, traced: true });
  const [first] = [await listening(server, all), await listening(server, all)];
  const refused = await (await listen(server, all, { id: 3 })).done();
  expectError(refused, 503, -32603, /holds 2/, 3);
  expect(refused.headers['retry-after']).toBe('10');
  first.destroy();
  await until('the stream to be closed', () => closed(server) === 1);
  expect((await listening(server, all)).status).toBe(200);
});

testInOneProcess('[L1] past maxListenPerPrincipal: 503 with Retry-After for that principal alone', async () => {
  await using server = await serve({
    handler: tellingHandler(),
    principal: (request) => request.header('x-user') ?? null,
    maxListenPerPrincipal: 1,
    traced: true,
  });
  const as = (user: string) => ({ headers: { 'x-user': user } });
  const ann = await listening(server, all, as('ann'));
  const refused = await (await listen(server, all, as('ann'))).done();
  expectError(refused, 503, -32603, /you may have 1/, 1);
  expect(refused.headers['retry-after']).toBe('10');
  expect((await listening(server, all, as('bob'))).status).toBe(200);
  for (let i = 0; i < 3; i++) expect((await listening(server, all)).status, 'nobody in particular').toBe(200);
  ann.destroy();
  await until('the stream to be closed', () => closed(server) === 1);
  expect((await listening(server, all, as('ann'))).status).toBe(200);
  expect((await (await listen(server, all, as('ann'))).done()).status).toBe(503);
});

test('[L1] maxListenPerPrincipal null is no bound', async () => {
  await using server = await serve({ handler: tellingHandler(), principal: () => 'ann', maxListenPerPrincipal: null });
  for (let i = 0; i < 3; i++) expect((await listening(server, all)).status).toBe(200);
});

testInOneProcess('[L1] [P17] the streams count towards maxStreams', async () => {
  await using server = await serve({ handler: tellingHandler(), maxStreams: 1 });
  await listening(server, all);
  expectError(await (await listen(server, all)).done(), 503, -32603, /holds 1/, 1);
});

test('[L2] the acknowledgement comes first, at once, and names what is honoured', async () => {
  await using server = await serve({ handler: tellingHandler() });
  const answer = await listening(server, all, { id: 'first' });
  expect([answer.status, answer.headers['content-type']]).toEqual([200, 'text/event-stream']);
  expect([answer.headers['cache-control'], answer.headers['x-accel-buffering']]).toEqual([
    'no-cache, no-transform',
    'no',
  ]);
  expect(answer.messages).toEqual([acknowledgement('first', all)]);
  expect(answer.frames).toHaveLength(1);
  expect(answer.eventIds).toEqual([undefined]);
  expect(server.handler.requests).toEqual([]);
});

const partly: [string, object, object, object][] = [
  ['nothing asked for', {}, allCapabilities, {}],
  ['what is false', { toolsListChanged: false, resourceSubscriptions: [] }, allCapabilities, {}],
  ['what is unknown', { logs: true, toolsListChanged: true }, allCapabilities, { toolsListChanged: true }],
  ['what no capability offers', all, {}, {}],
  ['tools without listChanged', all, { tools: {}, prompts: { listChanged: false } }, {}],
  ['lists without subscriptions', all, { resources: { listChanged: true } }, { resourcesListChanged: true }],
  [
    'subscriptions without lists',
    all,
    { resources: { subscribe: true } },
    { resourceSubscriptions: all.resourceSubscriptions },
  ],
  [
    'a resource named twice',
    { resourceSubscriptions: ['test://a', 'test://b', 'test://a'] },
    allCapabilities,
    { resourceSubscriptions: ['test://a', 'test://b'] },
  ],
];

test.each(partly)('[L2] of a filter with %s the rest is honoured', async (_, notifications, capabilities, honoured) => {
  await using server = await serve({ handler: tellingHandler(capabilities) });
  expect((await listening(server, notifications)).messages).toEqual([acknowledgement(1, honoured)]);
});

test('[L2] only what is honoured is told, and every message carries the subscription id, a number as a number', async () => {
  await using server = await serve({ handler: tellingHandler({ ...allCapabilities, prompts: {} }) });
  const tools = await listening(server, { toolsListChanged: true, promptsListChanged: true }, { id: 7 });
  const a = await listening(server, { resourceSubscriptions: ['test://a'] }, { id: '7' });
  const { transport } = server;
  transport.broadcast(promptsChanged);
  transport.broadcast(resourcesChanged);
  transport.broadcast(resourceUpdated, { uri: 'test://b' });
  transport.broadcast(resourceUpdated);
  transport.broadcast('notifications/message', { level: 'error', data: 'x' });
  transport.broadcast(resourceUpdated, { uri: 'test://a', _meta: { 'test/by': 'ann' } });
  transport.broadcast(toolsChanged);
  expect((await tools.received(2)).messages.slice(1)).toEqual([told(toolsChanged, 7)]);
  expect((await a.received(2)).messages.slice(1)).toEqual([
    told(resourceUpdated, '7', { uri: 'test://a', _meta: { 'test/by': 'ann' } }),
  ]);
});

test('[L4] one broadcast reaches each stream that asked for it once, whatever else it asked for', async () => {
  await using server = await serve({ handler: tellingHandler() });
  const answers = await Promise.all([1, 'two', 3].map((id) => listening(server, all, { id })));
  server.transport.broadcast(toolsChanged);
  server.transport.broadcast(resourceUpdated, { uri: 'test://b' });
  for (const [n, answer] of answers.entries()) {
    const id = [1, 'two', 3][n] as string | number;
    await answer.received(3);
    expect(answer.messages).toEqual([
      acknowledgement(id, all),
      told(toolsChanged, id),
      told(resourceUpdated, id, { uri: 'test://b' }),
    ]);
  }
});

test('[L4] what a handler emits to everyone reaches the streams, and not the answer of its request', async () => {
  const handler = testHandler({
    'x/change': (_, context) => {
      context.broadcast(toolsChanged);
      return { done: true };
    },
  });
  await using server = await serve({ handler: { ...handler, describe: tellingHandler().describe } });
  const answer = await listening(server, { toolsListChanged: true });
  const changed = await server.send(modernRequest('x/change', { id: 2 }));
  expect(changed.json.result.done).toBe(true);
  expect((await answer.received(2)).messages[1]).toEqual(told(toolsChanged, 1));
});

test('[L6] shutdown: the completion result, then notifications/cancelled, then close', async () => {
  await using server = await serve({ handler: tellingHandler() });
  const answers = await Promise.all([1, '1'].map((id) => listening(server, all, { id })));
  await server.transport.close();
  for (const [n, answer] of answers.entries()) {
    const id = [1, '1'][n] as string | number;
    expect((await answer.done()).state).toBe('ended');
    expect(answer.messages.slice(1)).toEqual([
      {
        jsonrpc: '2.0',
        id,
        result: {
          resultType: 'complete',
          _meta: { [serverInfoKey]: { name: 'contract', version: '1' }, [subscriptionIdKey]: id },
        },
      },
      told('notifications/cancelled', id, { requestId: id }),
    ]);
  }
});

test('[L6] [X1] while requests drain no new stream opens, and none hears of anything', async () => {
  const held = heldMethod();
  const handler = testHandler({ 'x/held': held.method });
  await using server = await serve({ handler: { ...handler, describe: tellingHandler().describe } });
  const answer = await listening(server, all);
  const waiting = server.send(modernRequest('x/held', { id: 2 }));
  const call = await held.begun();
  const closing = server.transport.close();
  const refused = await (await listen(server, all)).done();
  expectError(refused, 503, -32603, /shutting down/, 1);
  expect(refused.headers['retry-after']).toBe('1');
  server.transport.broadcast(toolsChanged);
  expect((await answer.done()).messages.map(({ method }) => method)).toEqual([
    'notifications/subscriptions/acknowledged',
    undefined,
    'notifications/cancelled',
  ]);
  call.answer({ fine: true });
  expect((await waiting).json.result.fine).toBe(true);
  await closing;
});

testInOneProcess('[L6] [X1] a handler that cannot say who it is keeps nothing from ending', async () => {
  const handler = tellingHandler();
  await using server = await serve({ handler, traced: true });
  const answer = await listening(server, all);
  handler.describe = () => {
    throw new Error('nobody');
  };
  await server.transport.close({ graceMs: 0 });
  expect(server.traces.map(({ event }) => event)).toContainEqual({
    type: 'handler-failed',
    method: 'subscriptions/listen',
    error: expect.stringContaining('nobody'),
  });
  answer.destroy();
});

test('a quiet stream is given comments, and a client that leaves ends it', async () => {
  await using server = await serve({ handler: tellingHandler(), keepAliveMs: 30, traced: true });
  const answer = await listening(server, all);
  await answer.until('two comments', ({ frames }) => frames.filter(({ comment }) => comment).length >= 2);
  expect(answer.messages).toHaveLength(1);
  answer.destroy();
  await until('the stream to be closed', () => closed(server) === 1);
});

testInOneProcess('[X2] a stream is traced from its opening to its end', async () => {
  await using server = await serve({ handler: tellingHandler(), traced: true });
  const first = await listening(server, all, { id: 'a' });
  server.transport.broadcast(toolsChanged);
  await first.received(2);
  first.destroy();
  await until('the stream to be closed', () => closed(server) === 1);
  const second = await listening(server, all, { id: 'b' });
  await server.transport.close();
  await second.done();
  const about = (exchange: string) =>
    server.traces.filter(({ place }) => place.exchange === exchange).map(({ event }) => event);
  const message = (bytes: string | undefined) => ({ type: 'event-written', kind: 'message', bytes });
  expect(about('x1').slice(2)).toEqual([
    { type: 'message-received', kind: 'request', method: 'subscriptions/listen', id: 'a' },
    { type: 'stream-opened', request: { method: 'subscriptions/listen', id: 'a' } },
    message(first.frames[0]?.raw),
    message(first.frames[1]?.raw),
    { type: 'connection-closed', by: 'client' },
    { type: 'stream-ended' },
  ]);
  expect(about('x2').slice(3)).toEqual([
    { type: 'stream-opened', request: { method: 'subscriptions/listen', id: 'b' } },
    ...second.frames.map(({ raw }) => message(raw)),
    { type: 'connection-closed', by: 'server' },
    { type: 'stream-ended' },
  ]);
});
