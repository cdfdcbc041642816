import { expect, test } from 'vitest';
import { expectError } from './support/expect.ts';
import { heldMethod, testHandler } from './support/handler.ts';
import { serve } from './support/serve.ts';
import { testInOneProcess } from './support/store.ts';

const ping = { jsonrpc: '2.0', id: 'p', method: 'ping' };

test('[P12] a notification and a response answer 202, empty', async () => {
  await using server = await serve();
  const session = await server.session();
  const bodies = [
    { jsonrpc: '2.0', method: 'notifications/roots/list_changed' },
    { jsonrpc: '2.0', id: 1, result: {} },
    { jsonrpc: '2.0', id: 'x', error: { code: 1, message: 'no' } },
    { jsonrpc: '2.0', error: { code: -32700, message: 'no id' } },
  ];
  for (const body of bodies) {
    const answer = await session.send({ body });
    expect([answer.status, answer.text, answer.headers['content-type']]).toEqual([202, '', undefined]);
    expect(answer.headers['content-length']).toBe('0');
  }
  expect(server.handler.notifications.map(({ method }) => method)).toEqual([
    'notifications/initialized',
    'notifications/roots/list_changed',
  ]);
  expect(server.handler.requests).toEqual([]);
});

test('[P14] a request is answered as an event stream, or as JSON by option', async () => {
  await using sse = await serve();
  const stream = await (await sse.session()).answer('echo', { a: ['ä', '\u2028'] }, 'x');
  expect([stream.status, stream.headers['content-type']]).toEqual([200, 'text/event-stream']);
  const expected = { jsonrpc: '2.0', id: 'x', result: { a: ['ä', '\u2028'] } };
  expect(stream.messages).toEqual([expected]);
  await using json = await serve({ enableJsonResponse: true });
  const object = await (await json.session()).answer('echo', { a: ['ä', '\u2028'] }, 'x');
  expect([object.status, object.headers['content-type']]).toEqual([200, 'application/json']);
  expect(object.json).toEqual(expected);
});

test.each([false, true])(
  '[P14] a JSON-RPC error of the handler is HTTP 200 (enableJsonResponse %s)',
  async (enableJsonResponse) => {
    const { RpcError } = await import('../../playground-server/transport/index.ts');
    const handler = testHandler({
      now: () => {
        throw new RpcError(-32602, 'Unknown tool', { name: 'x' });
      },
      later: async () => {
        throw new RpcError(-32002, 'Not here');
      },
    });
    await using server = await serve({ handler, enableJsonResponse });
    const session = await server.session();
    const [now, later] = [await session.answer('now', {}, 1), await session.answer('later', {}, 2)];
    expect([now.status, later.status]).toEqual([200, 200]);
    const bodies = enableJsonResponse ? [now.json, later.json] : [...now.messages, ...later.messages];
    expect(bodies).toEqual([
      { jsonrpc: '2.0', id: 1, error: { code: -32602, message: 'Unknown tool', data: { name: 'x' } } },
      { jsonrpc: '2.0', id: 2, error: { code: -32002, message: 'Not here' } },
    ]);
  },
);

test('[P17] [B7] a request past maxInFlight answers 429 with Retry-After, and one after an answer is served', async () => {
  const held = heldMethod();
  await using server = await serve({ handler: testHandler({ held: held.method }), maxInFlight: 2 });
  const session = await server.session();
  const other = await server.session();
  const calls = [await session.call('held'), await session.call('held')];
  const refused = await session.send({ body: ping });
  expectError(refused, 429, -32603, /a session may have 2\. Wait for an answer\.$/, 'p');
  expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
  expect((await session.notify('n')).status).toBe(202);
  expect((await other.send({ body: ping })).status).toBe(200);
  (await held.begun()).answer({});
  await Promise.race(calls.map((call) => call.done()));
  expect((await session.send({ body: ping })).status).toBe(200);
});

testInOneProcess(
  '[P17] past maxStreams a request and a GET answer 503 with Retry-After; a closed one makes room',
  async () => {
    const held = heldMethod();
    await using server = await serve({ handler: testHandler({ held: held.method }), maxStreams: 2 });
    const [first, second] = [await server.session(), await server.session()];
    const get = await first.get();
    await first.call('held');
    for (const refused of [await second.send({ body: ping }), await second.send({ method: 'GET' })]) {
      const id = refused.json.id;
      expectError(refused, 503, -32603, /^Too many open streams: this server holds 2\./, id);
      expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    }
    (await held.begun()).answer({});
    expect((await second.send({ body: ping })).status).toBe(200);
    expect(get.state).toBe('arriving');
  },
);

test('[P17] [E3] at maxStreams a connection that replaces another is let in: it takes no room of its own', async () => {
  await using server = await serve({ maxStreams: 1 });
  const session = await server.session();
  const first = await session.get();
  const second = await session.get();
  expect([second.status, (await first.done()).state]).toEqual([200, 'ended']);
  expect((await session.get('0.0')).status).toBe(200);
  expect((await (await server.session()).get()).status).toBe(503);
});

testInOneProcess('[P17] maxInFlight goes before maxStreams, and duplicates before both', async () => {
  const held = heldMethod();
  const options = { maxInFlight: 1, maxStreams: 1, duplicateRequestIds: 'reject' } as const;
  await using server = await serve({ handler: testHandler({ held: held.method }), ...options });
  const session = await server.session();
  await session.call('held', {}, 1);
  expect((await session.answer('ping', {}, 1)).status).toBe(409);
  expect((await session.answer('ping', {}, 2)).status).toBe(429);
  expect((await (await server.session()).answer('ping', {}, 2)).status).toBe(503);
});
