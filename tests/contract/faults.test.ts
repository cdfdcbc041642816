/** What must not take the process, a session or a connection down with it: faults of handlers, stores and peers. */
import { Agent, IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { memory, RpcError } from '../../playground-server/transport/index.ts';
import { createNodeHandler } from '../../playground-server/transport/node.ts';
import { until } from '../setup/until.ts';
import { heldMethod, type Method, testHandler } from './support/handler.ts';
import { httpText, RawConnection } from './support/raw.ts';
import { serve } from './support/serve.ts';
import { inOneProcess, testInOneProcess } from './support/store.ts';

const cyclic: Record<string, never> = {};
Object.assign(cyclic, { self: cyclic });
const secret = 'connection string with a password';
const fails =
  (thrown: unknown): Method =>
  () => {
    throw thrown;
  };

const saysNothing: [string, Method] = [
  'answers what says that it is nothing',
  () => ({ toJSON: () => undefined }) as never,
];
const faulty: [name: string, method: Method][] = [
  ['throws an Error', fails(new Error(secret))],
  ['throws a string', fails(secret)],
  ['throws undefined', fails(undefined)],
  ['throws what has no text', fails(Object.create(null))],
  ['rejects', () => Promise.reject(new Error(secret))],
  ['rejects with what has no text', () => Promise.reject(Object.create(null))],
  ['answers undefined', () => undefined as never],
  ['answers null', () => null as never],
  ['answers a string', () => secret as never],
  ['answers a list', () => [secret] as never],
  ['answers a promise of undefined', async () => undefined as never],
  ['answers a bigint inside', () => ({ n: 1n }) as never],
  ['answers a circle', () => cyclic],
  ['answers a promise of a circle', async () => cyclic],
  ['throws an RpcError with a circle', fails(new RpcError(-32000, secret, cyclic))],
  ['rejects with an RpcError with a bigint', () => Promise.reject(new RpcError(-32000, secret, 1n as never))],
  // A function does not get from one process to another.
  ...(inOneProcess ? [saysNothing] : []),
];

test.each(faulty)(
  '[G6] [X4] a handler that %s is an internal error without its text, and traced',
  async (_, method) => {
    for (const enableJsonResponse of [false, true]) {
      await using server = await serve({ handler: testHandler({ faulty: method }), enableJsonResponse, traced: true });
      const session = await server.session();
      const answer = await session.answer('faulty', {}, 'f');
      expect(answer.status).toBe(200);
      expect(enableJsonResponse ? answer.json : answer.messages[0]).toEqual({
        jsonrpc: '2.0',
        id: 'f',
        error: { code: -32603, message: 'Internal error.' },
      });
      expect(answer.text).not.toContain(secret);
      const failed = server.traces.filter(({ event }) => event.type === 'handler-failed');
      expect(failed.map(({ event }) => event)).toEqual([
        { type: 'handler-failed', method: 'faulty', error: expect.any(String) },
      ]);
      expect(server.transport.inspect()).toMatchObject({ streams: [], inFlight: [] });
      expect((await session.answer('ping')).status).toBe(200);
    }
  },
);

test('[X4] a notification that its handler cannot take is still accepted, once, and traced', async () => {
  for (const fault of [
    () => {
      throw new Error(secret);
    },
    () => Promise.reject(new Error(secret)),
  ]) {
    const handler = { ...testHandler(), notification: fault };
    await using server = await serve({ handler, traced: true });
    const session = await server.session();
    const answer = await session.notify('notifications/anything');
    expect([answer.status, answer.text]).toEqual([202, '']);
    await until('the fault to be traced', () => server.traces.some(({ event }) => event.type === 'handler-failed'));
    const statuses = server.traces.flatMap(({ event }) => (event.type === 'response-sent' ? [event.status] : []));
    expect(statuses).toEqual([200, 202, 202]);
  }
});

test.each([
  ['throws', fails(new Error(secret))],
  ['cannot be encoded', () => ({ serverInfo: { n: 1n }, capabilities: {} })],
  ['is undefined', () => undefined],
])(
  '[P10] a description that %s fails initialize: HTTP 200, the id, no session header, nothing left behind',
  async (_, describe) => {
    await using server = await serve({ handler: { ...testHandler(), describe: describe as never }, traced: true });
    const answer = await server.initialize();
    expect([answer.status, answer.json]).toEqual([
      200,
      { jsonrpc: '2.0', id: 1, error: { code: -32603, message: 'Internal error.' } },
    ]);
    expect(answer.headers['mcp-session-id']).toBeUndefined();
    expect(server.transport.inspect().sessions).toEqual([]);
    expect(server.traces.map(({ event }) => event.type)).toContain('handler-failed');
  },
);

test('[X4] [G6] a generator of session ids that throws answers 500 with the id, and without its text', async () => {
  await using server = await serve({
    sessionIdGenerator: () => {
      throw new Error(secret);
    },
  });
  const answer = await server.initialize();
  expect([answer.status, answer.json]).toEqual([
    500,
    { jsonrpc: '2.0', id: 1, error: { code: -32603, message: 'Internal error.' } },
  ]);
});

testInOneProcess.each(['throws', 'rejects'])(
  '[X4] [G6] a store that %s answers 500 with the id, and without its text',
  async (how) => {
    const { sessions, ...rest } = memory();
    const failing = () => {
      if (how === 'throws') throw new Error(secret);
      return Promise.reject(new Error(secret));
    };
    const broken = Object.assign(Object.create(sessions), { admit: failing });
    await using server = await serve({ backplane: { sessions: broken, ...rest }, traced: true });
    const headers = { 'mcp-session-id': 'any' };
    const posted = await server.send({ body: { jsonrpc: '2.0', id: 's', method: 'ping' }, headers });
    expect([posted.status, posted.json]).toEqual([
      500,
      { jsonrpc: '2.0', id: 's', error: { code: -32603, message: 'Internal error.' } },
    ]);
    expect((await server.send({ method: 'GET', headers })).status).toBe(500);
    expect((await server.send({ method: 'DELETE', headers })).status).toBe(500);
    expect((await server.initialize({}, headers)).status).toBe(500);
    expect(JSON.stringify(server.traces)).toContain(secret);
  },
);

test('[X4] what a handler notifies that cannot be encoded is its own fault, and its stream goes on', async () => {
  const handler = testHandler({
    notify: (_, context) => {
      const faults = [];
      for (const params of [cyclic, { n: 1n } as never]) {
        for (const send of [context.notify, context.session.notify, context.broadcast]) {
          try {
            send.call(send === context.session.notify ? context.session : context, 'notifications/n', params);
          } catch (error) {
            faults.push((error as Error).name);
          }
        }
      }
      return { faults };
    },
  });
  await using server = await serve({ handler });
  const answer = await (await server.session()).answer('notify');
  expect(answer.messages).toHaveLength(1);
  expect(answer.messages[0].result.faults).toEqual(Array(6).fill('TypeError'));
});

test('[E7] [S1] streams of pipelined requests end with their socket, though their turn never came', async () => {
  const held = heldMethod();
  await using server = await serve({ handler: testHandler({ held: held.method }) });
  const [first, second] = [await server.session(), await server.session()];
  const lines = (id: string) => [
    'Host: localhost',
    'Accept: application/json, text/event-stream',
    `Mcp-Session-Id: ${id}`,
  ];
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'held' });
  const post = [...lines(second.id), 'Content-Type: application/json', `Content-Length: ${body.length}`];
  const raw = await RawConnection.to(server.port);
  raw.send(httpText('GET', lines(first.id)) + httpText('GET', lines(second.id)) + httpText('POST', post, body));
  await held.begun();
  const isOpen = () => server.transport.inspect().streams.filter(({ open }) => open);
  await until('all three to be open', () => isOpen().length === 3);
  raw.socket.destroy();
  await until('all three to be closed', () => !server.transport.inspect().streams.some(({ open }) => open));
});

testInOneProcess('[E7] a response that never gets a socket ends with the socket of its request', async () => {
  await using server = await serve();
  const session = await server.session();
  // What Node hands out for a pipelined request whose turn has not come.
  const request = new IncomingMessage(new Socket());
  const headers = { host: 'localhost', accept: 'text/event-stream', 'mcp-session-id': session.id };
  Object.assign(request, { method: 'GET', headers });
  createNodeHandler(server.transport)(request, new ServerResponse(request));
  await until('the stream to be open', () => server.transport.inspect().streams.some(({ open }) => open));
  request.socket.destroy();
  await until('the stream to be closed', () => !server.transport.inspect().streams.some(({ open }) => open));
});

test('pipelined requests are answered in their order', async () => {
  await using server = await serve();
  const session = await server.session();
  using raw = await RawConnection.to(server.port);
  const text = [1, 2, 3].map((id) => {
    const body = JSON.stringify({ jsonrpc: '2.0', id, method: 'ping' });
    const lines = ['Host: localhost', 'Accept: */*', 'Content-Type: application/json', `Mcp-Session-Id: ${session.id}`];
    return httpText(
      'POST',
      [...lines, `Content-Length: ${body.length}`, ...(id === 3 ? ['Connection: close'] : [])],
      body,
    );
  });
  raw.send(text.join(''));
  const ids = [...(await raw.end()).matchAll(/"id":(\d)/g)].map(([, id]) => id);
  expect(ids).toEqual(['1', '2', '3']);
});

testInOneProcess('a kept connection gathers no listeners, however many requests it carries', async () => {
  await using server = await serve();
  const sockets: Socket[] = [];
  server.server.on('connection', (socket) => sockets.push(socket));
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const session = await server.session();
  sockets.length = 0;
  const ping = { body: { jsonrpc: '2.0', id: 1, method: 'ping' }, agent };
  const listeners = () => ['close', 'error', 'data', 'drain', 'end'].map((name) => sockets[0]?.listenerCount(name));
  for (let i = 0; i < 5; i++) await session.send(ping);
  const before = listeners();
  for (let i = 0; i < 50; i++) await session.send(ping);
  expect(sockets).toHaveLength(1);
  expect(listeners()).toEqual(before);
  agent.destroy();
});

testInOneProcess('[X4] a client that goes away while its body is read leaves nothing behind', async () => {
  await using server = await serve({ traced: true });
  const raw = await RawConnection.to(server.port);
  const lines = ['Host: localhost', 'Accept: */*', 'Content-Type: application/json', 'Content-Length: 1000'];
  raw.send(httpText('POST', lines, '{"half":'));
  await until('the request to arrive', () => server.traces.length > 0);
  raw.socket.destroy();
  await until(
    'its connection to be gone',
    () => new Promise<boolean>((resolve) => server.server.getConnections((_, count) => resolve(count === 0))),
  );
  expect(server.traces.map(({ event }) => event.type)).toEqual(['request-received']);
});

test('[G6] header values with line breaks or NUL never reach an answer', async () => {
  await using server = await serve({ enableDnsRebindingProtection: false });
  for (const bytes of ['Origin: https://a\r\n Set-Cookie: x=1', 'Origin: https://a\0b', 'Origin: https://\xff\xfe']) {
    using raw = await RawConnection.to(server.port);
    raw.send(httpText('PUT', ['Host: localhost', bytes, 'Connection: close']));
    const head = (await raw.end()).split('\r\n\r\n')[0] ?? '';
    expect(head).toMatch(/^HTTP\/1\.1 4\d\d /);
    expect(head.toLowerCase()).not.toMatch(/^set-cookie/m);
  }
  expect((await server.initialize()).status).toBe(200);
});
