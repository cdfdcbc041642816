import { expect, test } from 'vitest';
import { RpcError, StreamableHttpTransport } from '../../playground-server/transport/index.ts';
import { createNodeHandler } from '../../playground-server/transport/node.ts';
import { until } from '../setup/until.ts';
import { initializeRequest } from './support/client.ts';
import { heldMethod, type Method, type TestHandler, testHandler } from './support/handler.ts';
import { MemoryExchange } from './support/memory-exchange.ts';
import { serve, type Traced } from './support/serve.ts';
import { testInOneProcess } from './support/store.ts';

const kinds = (traces: Traced[]) => traces.map(({ event }) => event.type);

const fails =
  (thrown: unknown): Method =>
  () => {
    throw thrown;
  };

/** What was traced of one exchange, or, by its masked id, of a session. */
const of = (traces: Traced[], exchange: string) => traces.filter(({ place }) => place.exchange === exchange);

testInOneProcess('[X2] every step of a whole exchange is traced, in order and in its place', async () => {
  const held = heldMethod();
  await using server = await serve({ handler: testHandler({ held: held.method }), traced: true });
  const opening = await server.initialize();
  const id = String(opening.headers['mcp-session-id']);
  const masked = `${id.slice(0, 4)}…${id.slice(-2)}`;
  expect(server.traces).toMatchObject([
    { event: { type: 'request-received', method: 'POST' }, place: { exchange: 'x1' } },
    { event: { type: 'body-received', body: JSON.stringify(initializeRequest()) }, place: { exchange: 'x1' } },
    {
      event: { type: 'session-created', protocolVersion: '2025-11-25', clientName: 'contract' },
      place: { session: masked },
    },
    { event: { type: 'response-sent', status: 200, body: opening.text }, place: { exchange: 'x1', session: masked } },
  ]);

  const session = { 'mcp-session-id': id };
  const answer = await server.open({ body: { jsonrpc: '2.0', id: 'h', method: 'held' }, headers: session });
  const call = await held.begun();
  await answer.until('the priming event', ({ frames }) => frames.length === 1);
  call.context.notify('notifications/progress', { step: 1 });
  call.answer({});
  await answer.done();
  const traced = of(server.traces, 'x2');
  expect(kinds(traced)).toEqual([
    'request-received',
    'body-received',
    'session-found',
    'message-received',
    'stream-attached',
    'event-written',
    'event-written',
    'event-written',
    'connection-closed',
  ]);
  const opened = server.traces.findIndex(({ event }) => event.type === 'stream-opened');
  expect(server.traces[opened]).toEqual({
    event: { type: 'stream-opened', request: { method: 'held', id: 'h' } },
    place: { session: masked, stream: '1' },
  });
  expect(server.traces[opened + 1]?.event.type).toBe('stream-attached');
  for (const { place } of traced.slice(4)) expect(place).toEqual({ exchange: 'x2', session: masked, stream: '1' });
  const written = traced.flatMap(({ event }) => (event.type === 'event-written' ? [event] : []));
  expect(written.map(({ bytes }) => bytes).join('')).toBe(answer.text);
  expect(written.map(({ kind, eventId }) => [kind, eventId])).toEqual([
    ['prime', '1.0'],
    ['message', '1.1'],
    ['message', '1.2'],
  ]);
  expect(traced.at(-1)?.event).toEqual({ type: 'connection-closed', by: 'server' });

  await server.send({ method: 'DELETE', headers: session });
  expect(kinds(of(server.traces, 'x3'))).toEqual(['request-received', 'session-found', 'response-sent']);
  expect(server.traces.at(-2)).toEqual({
    event: { type: 'session-ended', reason: 'deleted' },
    place: { session: masked },
  });
  await server.send({ method: 'DELETE', headers: session });
  expect(of(server.traces, 'x4').map(({ event }) => event)).toMatchObject([
    { type: 'request-received' },
    { type: 'session-missing', reason: 'deleted' },
    { type: 'request-refused', rule: 'P7', status: 404 },
    { type: 'response-sent', status: 404 },
  ]);
});

testInOneProcess('[X2] what a client sends is traced by what it is: its kind, its method and its id', async () => {
  const { notification: _, ...handler } = testHandler();
  await using server = await serve({ handler: handler as TestHandler, traced: true });
  const session = await server.session();
  await session.answer('ping', {}, 'p');
  const error = { code: -32600, message: 'What?' };
  for (const response of [{ id: 7, result: {} }, { error }]) {
    expect((await session.send({ body: { jsonrpc: '2.0', ...response } })).status).toBe(202);
  }
  await session.notify('notifications/cancelled');
  const told = ['message-received', 'client-answered', 'handler-failed'];
  // Strictly: a member that says nothing is not there.
  expect(server.traces.map(({ event }) => event).filter(({ type }) => told.includes(type))).toStrictEqual([
    { type: 'message-received', kind: 'notification', method: 'notifications/initialized' },
    { type: 'message-received', kind: 'request', method: 'ping', id: 'p' },
    { type: 'message-received', kind: 'response', id: 7 },
    { type: 'client-answered', id: 7, waiting: false },
    { type: 'message-received', kind: 'response' },
    { type: 'message-received', kind: 'notification', method: 'notifications/cancelled' },
  ]);
});

testInOneProcess.each<[what: string, method: Method, says: RegExp]>([
  ['what it throws', fails(new Error('no such table')), /^Error: no such table\n/],
  ['an answer that it forgot', () => undefined as never, /The handler of faulty must answer with an object\./],
  ['an error that cannot be sent', fails(new RpcError(-32000, 'no', 1n as never)), /serialize a BigInt/],
])('[X2] [G6] a fault of a handler is traced as it is: %s', async (_, faulty, says) => {
  await using server = await serve({ handler: testHandler({ faulty }), traced: true });
  await (await server.session()).answer('faulty');
  const failed = server.traces.flatMap(({ event }) => (event.type === 'handler-failed' ? [event.error] : []));
  expect(failed).toEqual([expect.stringMatching(says)]);
});

testInOneProcess(
  '[X2] [P15] what a handler throws once its request is cancelled is how it stops, and no fault',
  async () => {
    const held = heldMethod();
    await using server = await serve({ handler: testHandler({ held: held.method }), traced: true });
    const session = await server.session();
    const answer = await session.call('held', {}, 1);
    const { fail } = await held.begun();
    await session.cancel(1);
    fail(new Error('aborted'));
    await answer.done();
    await session.answer('ping');
    expect(kinds(server.traces)).not.toContain('handler-failed');
  },
);

testInOneProcess('[X2] [E8] a retry on its own is traced as one, and has no id', async () => {
  const held = heldMethod();
  await using server = await serve({ handler: testHandler({ held: held.method }), traced: true, retryInterval: 250 });
  const answer = await (await server.session()).call('held');
  (await held.begun()).context.hangUp();
  await answer.done();
  const written = server.traces.map(({ event }) => event).filter(({ type }) => type === 'event-written');
  expect(written.at(-1)).toStrictEqual({ type: 'event-written', kind: 'retry', bytes: 'retry: 250\n\n' });
});

testInOneProcess('[X2] [E4] with enableJsonResponse what a handler notifies is dropped, and traced', async () => {
  const handler = testHandler({
    talk: (_, context) => {
      context.notify('notifications/progress');
      return {};
    },
  });
  await using server = await serve({ handler, enableJsonResponse: true, traced: true });
  await (await server.session()).answer('talk');
  expect(server.traces.filter(({ event }) => event.type === 'message-dropped')).toMatchObject([
    { event: { method: 'notifications/progress', why: 'no-stream' }, place: { exchange: 'x3' } },
  ]);
});

testInOneProcess('[X2] a broken connection, a replacement and a kept-alive one are told apart', async () => {
  await using server = await serve({ traced: true, keepAliveMs: 30 });
  const session = await server.session();
  const first = await session.get();
  const second = await session.get();
  await first.done();
  await second.until('a keep-alive comment', ({ frames }) => frames.some(({ comment }) => comment === 'keep-alive'));
  second.destroy();
  await until(
    'the end to be traced',
    () => kinds(server.traces).filter((kind) => kind === 'connection-closed').length === 2,
  );
  const events = server.traces.map(({ event }) => event);
  expect(events).toContainEqual({ type: 'event-written', kind: 'comment', bytes: ': keep-alive\n\n' });
  const rest = server.traces.filter(({ event }) => ['stream-replaced', 'connection-closed'].includes(event.type));
  expect(rest.map(({ event, place }) => [event.type, 'by' in event && event.by, place.exchange])).toEqual([
    ['stream-replaced', false, undefined],
    ['connection-closed', 'server', 'x3'],
    ['connection-closed', 'client', 'x4'],
  ]);
});

testInOneProcess('[X2] credentials and session ids are masked in the headers that are shown', async () => {
  await using server = await serve({ traced: true });
  await server.initialize(
    {},
    {
      Authorization: 'Bearer secret',
      cookie: 'secret=1',
      'mcp-session-id': 'secret-session-id-of-someone',
      'x-plain': '1',
    },
  );
  const received = server.traces.flatMap(({ event }) => (event.type === 'request-received' ? event.headers : []));
  const shown = Object.fromEntries(received.map(([name, value]) => [name.toLowerCase(), value]));
  expect(shown).toMatchObject({ authorization: '…', cookie: '…', 'mcp-session-id': 'secr…ne', 'x-plain': '1' });
  expect(JSON.stringify(server.traces)).not.toContain('secret=1');
  expect(JSON.stringify(server.traces)).not.toContain('Bearer');
  expect(JSON.stringify(server.traces)).not.toContain('secret-session');
});

test('[X2] nothing is built when nobody listens', () => {
  const exchanges = (transport: StreamableHttpTransport) => {
    const opening = new MemoryExchange('POST', {}, initializeRequest({ protocolVersion: '2025-03-26' }));
    const all = [opening];
    const send = (exchange: MemoryExchange) => {
      all.push(exchange);
      transport.handle(exchange);
      return exchange;
    };
    transport.handle(opening);
    const id = { 'mcp-session-id': String(opening.answerHeaders['mcp-session-id']) };
    const post = (message: object, headers = id) =>
      send(new MemoryExchange('POST', headers, { jsonrpc: '2.0', ...message }));
    post({ id: 1, method: 'ping' });
    post({ method: 'notifications/initialized' });
    post({ id: 1, result: {} });
    post({ id: 2, method: 'held' });
    post({ method: 'notifications/cancelled', params: { requestId: 2 } });
    post({ id: 3, method: 'no such method' });
    post({ id: 3, method: 'ping' }, { 'mcp-session-id': 'unknown' });
    post({ id: 4, method: 'ask' });
    send(new MemoryExchange('POST', id, []));
    send(
      new MemoryExchange('POST', id, [
        { jsonrpc: '2.0', id: 5, method: 'ping' },
        { jsonrpc: '2.0', method: 'notifications/n' },
      ]),
    );
    send(new MemoryExchange('GET', id));
    send(new MemoryExchange('GET', id)).disconnect();
    transport.broadcast('notifications/n');
    send(new MemoryExchange('DELETE', id));
    return all;
  };
  const handler = testHandler({ held: heldMethod().method, ask: (_, context) => context.request('ping') });
  const silent = exchanges(new StreamableHttpTransport({ handler }));
  expect(silent.map(({ askedForTrace }) => askedForTrace)).toEqual(silent.map(() => 0));
  // With a listener the same exchanges are asked: the count above can be other than 0.
  const heard = exchanges(new StreamableHttpTransport({ handler, trace: () => {} }));
  expect(heard.every(({ askedForTrace }) => askedForTrace > 1)).toBe(true);
  // Without a subscriber an adapter's channel is nobody as well.
  const transport = new StreamableHttpTransport({ handler });
  createNodeHandler(transport);
  expect(exchanges(transport).every(({ askedForTrace }) => askedForTrace === 0)).toBe(true);
});
