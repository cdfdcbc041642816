import { expect, test } from 'vitest';
import { StreamableHttpTransport } from '../../playground-server/transport/index.ts';
import { createNodeHandler } from '../../playground-server/transport/node.ts';
import { until } from '../setup/until.ts';
import { initializeRequest } from './support/client.ts';
import { heldMethod, testHandler } from './support/handler.ts';
import { MemoryExchange } from './support/memory-exchange.ts';
import { serve, type Traced } from './support/serve.ts';
import { testInOneProcess } from './support/store.ts';

const kinds = (traces: Traced[]) => traces.map(({ event }) => event.type);

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

test('[X2] credentials and session ids are masked in the headers that are shown', async () => {
  await using server = await serve({ traced: true });
  await server.initialize(
    {},
    { authorization: 'Bearer secret', cookie: 'secret=1', 'mcp-session-id': 'secret-session-id-of-someone' },
  );
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
