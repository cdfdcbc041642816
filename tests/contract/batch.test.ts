/** JSON-RPC batches, which the revision 2025-03-26 alone has. */
import { expect, test } from 'vitest';
import { RpcError } from '../../playground-server/transport/index.ts';
import { until } from '../setup/until.ts';
import type { ClientSession } from './support/client.ts';
import { expectError, expectMissing } from './support/expect.ts';
import { type HeldCall, heldMethod, type Method, testHandler } from './support/handler.ts';
import { type ServeOptions, serve } from './support/serve.ts';
import { testInOneProcess } from './support/store.ts';

const withBatches = '2025-03-26';
const request = (id: string | number, method = 'ping', params?: object) => ({
  jsonrpc: '2.0',
  id,
  method,
  ...(params && { params }),
});
const notification = (method: string) => ({ jsonrpc: '2.0', method });
const result = (id: string | number, value: object = {}) => ({ jsonrpc: '2.0', id, result: value });
const open = (session: ClientSession, body: object[]) => session.open({ body });
const send = async (session: ClientSession, body: object[]) => (await open(session, body)).done();

/** A batch of held requests with these ids, and the calls that came of it, in their order. */
async function heldBatch(options: ServeOptions, ids: (string | number)[]) {
  const held = heldMethod();
  const server = await serve({ handler: testHandler({ held: held.method }), ...options });
  const session = await server.session(withBatches);
  const answer = open(
    session,
    ids.map((id) => request(id, 'held')),
  );
  const calls: HeldCall[] = [];
  for (const _ of ids) calls.push(await held.begun());
  return { server, session, answer, calls };
}

test('[P6] an array answers 400 outside a session of 2025-03-26, and says to send one message', async () => {
  await using server = await serve();
  for (const version of ['2025-11-25', '2025-06-18']) {
    const session = await server.session(version);
    for (const body of [[], [request(1)], [notification('notifications/n')]]) {
      const says = /^Send one JSON-RPC message per POST: arrays exist in revision 2025-03-26 alone\.$/;
      expectError(await send(session, body), 400, -32600, says);
    }
    // The session's version governs, not the header's (rule P8).
    const headers = { 'mcp-protocol-version': withBatches };
    expect((await session.send({ body: [request(1)], headers })).status).toBe(400);
  }
  const session = await server.session(withBatches);
  const headers = { 'mcp-protocol-version': '2025-11-25' };
  expect((await session.send({ body: [request(1)], headers })).messages).toEqual([result(1)]);
});

const invalid: [why: RegExp, body: unknown[]][] = [
  [/the array is empty/, []],
  [/it holds 5 messages, and at most 4 are taken/, [1, 2, 3, 4, 5].map((id) => request(id))],
  [/initialize must be sent alone/, [notification('notifications/n'), request(1), request(2, 'initialize')]],
  [/two requests have the id 1/, [request(1), request('1'), request(1)]],
  [/two requests have the id "a"/, [request('a'), request('a', 'echo')]],
  // What the client sent comes back shortened.
  [/two requests have the id "a{80}…"/, [request('a'.repeat(5000)), request('a'.repeat(5000))]],
  [/message 1: "jsonrpc" must be "2.0"/, [request(1), { id: 2, method: 'ping' }]],
  [/message 1: "params" must be an object/, [notification('notifications/n'), { ...request(2), params: [] }]],
  [/message 0: the body is not a JSON object/, [null, request(1)]],
  [/message 2 is an array itself/, [request(1), request(2), [request(3)]]],
];

test.each(invalid)('[P6] a batch is refused whole where %o: 400, and nothing of it is served', async (why, body) => {
  await using server = await serve({ maxBatch: 4 });
  const session = await server.session(withBatches);
  const answer = await session.send({ body });
  expectError(answer, 400, -32600, new RegExp(`^Invalid batch: ${why.source}\\.$`));
  expect(server.handler.requests).toEqual([]);
  expect(server.handler.notifications.map(({ method }) => method)).toEqual(['notifications/initialized']);
});

test('[P6] a batch of maxBatch messages is served, and 1 and "1" are different ids', async () => {
  await using server = await serve({ maxBatch: 3 });
  const session = await server.session(withBatches);
  for (const ids of [
    [1, '1', ''],
    ['1', 1, ''],
  ]) {
    const answer = await send(
      session,
      ids.map((id) => request(id)),
    );
    expect([answer.status, answer.headers['content-type'], answer.state]).toEqual([200, 'text/event-stream', 'ended']);
    expect(answer.messages).toEqual(ids.map((id) => result(id)));
  }
});

test('[P6] [P12] only notifications or responses: 202, empty, and each is taken in, in its order', async () => {
  await using server = await serve({ traced: true });
  const session = await server.session(withBatches);
  const answer = await send(session, [
    notification('notifications/one'),
    result('nobody waits for it'),
    notification('notifications/two'),
  ]);
  expect([answer.status, answer.text, answer.headers['content-type']]).toEqual([202, '', undefined]);
  expect(server.handler.notifications.map(({ method }) => method).slice(1)).toEqual([
    'notifications/one',
    'notifications/two',
  ]);
  const received = server.traces.flatMap(({ event }) => (event.type === 'message-received' ? [event.kind] : []));
  expect(received).toEqual(['notification', 'notification', 'response', 'notification']);
});

test('[P6] [E10] the stream of a batch ends after its last response, in whatever order they come', async () => {
  const { server, answer, calls } = await heldBatch({}, [1, 'two', 3]);
  await using _ = server;
  const stream = await answer;
  calls[1]?.context.notify('notifications/progress', { of: 'two' });
  calls[1]?.answer({ n: 2 });
  calls[0]?.fail(new RpcError(-32000, 'no'));
  await stream.received(3);
  // It has one response to go: what the third says still travels, what the second says does not.
  calls[1]?.context.notify('notifications/progress', { late: true });
  calls[2]?.context.notify('notifications/progress', { of: 3 });
  await stream.received(4);
  expect(stream.state).toBe('arriving');
  calls[2]?.answer({ n: 3 });
  await stream.done();
  expect([stream.state, stream.messages]).toEqual([
    'ended',
    [
      { jsonrpc: '2.0', method: 'notifications/progress', params: { of: 'two' } },
      result('two', { n: 2 }),
      { jsonrpc: '2.0', id: 1, error: { code: -32000, message: 'no' } },
      { jsonrpc: '2.0', method: 'notifications/progress', params: { of: 3 } },
      result(3, { n: 3 }),
    ],
  ]);
  expect(stream.eventIds).toEqual(['1.1', '1.2', '1.3', '1.4', '1.5']);
});

test('[P6] requests, notifications and responses in one array are all taken in, in their order', async () => {
  const seen: string[] = [];
  const note: Method = (params) => {
    seen.push(String(params.n));
    return params;
  };
  const handler = testHandler({ note });
  handler.notification = ({ method }) => void seen.push(method);
  await using server = await serve({ handler });
  const session = await server.session(withBatches);
  const answer = await send(session, [
    request(1, 'note', { n: 'first' }),
    notification('second'),
    result('no question'),
    request(2, 'note', { n: 'third' }),
  ]);
  expect(answer.messages).toEqual([result(1, { n: 'first' }), result(2, { n: 'third' })]);
  expect(seen.slice(1)).toEqual(['first', 'second', 'third']);
});

test('[P6] [P16] [R1] a batch whose connection broke is resumed to its end', async () => {
  const { server, session, answer, calls } = await heldBatch({}, [1, 2]);
  await using _ = server;
  const stream = await answer;
  calls[0]?.answer({});
  await stream.received(1);
  stream.destroy();
  await until('nobody to read', () => server.transport.inspect().streams.every(({ open }) => !open));
  calls[1]?.answer({ late: true });
  const resumed = await (await session.get('1.1')).done();
  expect([resumed.state, resumed.messages]).toEqual(['ended', [result(2, { late: true })]]);
});

test('[P6] [P15] the stream waits for no request that was cancelled', async () => {
  const { server, session, answer, calls } = await heldBatch({}, [1, 2, 3]);
  await using _ = server;
  const stream = await answer;
  await session.cancel(1);
  calls[1]?.answer({});
  await stream.received(1);
  await until('the first to be told', () => calls[0]?.context.signal.aborted);
  expect([stream.state, calls[2]?.context.signal.aborted]).toEqual(['arriving', false]);
  await session.cancel(3);
  expect([(await stream.done()).state, stream.messages]).toEqual(['ended', [result(2)]]);
});

test.each([{ enableJsonResponse: false }, { enableJsonResponse: true }])(
  '[P6] [P15] what was cancelled in a batch and answers all the same takes no other answer away (%o)',
  async (options) => {
    const { server, session, answer, calls } = await heldBatch(options, [1, 2]);
    await using _ = server;
    await session.cancel(1);
    await until('the first to be told', () => calls[0]?.context.signal.aborted);
    calls[0]?.answer({ too: 'late' });
    await session.notify('notifications/n');
    calls[1]?.answer({ n: 2 });
    const done = await (await answer).done();
    expect(options.enableJsonResponse ? done.json : done.messages).toEqual([result(2, { n: 2 })]);
  },
);

test('[P6] [P15] a cancellation that names nothing keeps nothing else of its array from being taken in', async () => {
  await using server = await serve();
  const session = await server.session(withBatches);
  const answer = await send(session, [
    notification('notifications/cancelled'),
    notification('notifications/n'),
    request(1),
  ]);
  expect(answer.messages).toEqual([result(1)]);
  expect(server.handler.notifications.map(({ method }) => method)).toContain('notifications/n');
});

test('[P6] [P15] [P17] who is cancelled in a batch makes room at once', async () => {
  const { server, session, answer, calls } = await heldBatch({ maxInFlight: 2 }, [1, 2]);
  await using _ = server;
  await answer;
  expect((await session.answer('ping')).status).toBe(429);
  await session.cancel(1);
  await until('the first to be told', () => calls[0]?.context.signal.aborted);
  await until('room for one', async () => (await session.answer('ping')).status === 200);
  calls[1]?.answer({});
});

test('[P6] [P15] a cancellation reaches a request that stands before it in the same array', async () => {
  const held = heldMethod();
  await using server = await serve({ handler: testHandler({ held: held.method }) });
  const session = await server.session(withBatches);
  const cancelled = { ...notification('notifications/cancelled'), params: { requestId: 'c' } };
  const answer = await send(session, [request('c', 'held'), cancelled, request('p')]);
  expect(answer.messages).toEqual([result('p')]);
  expect((await held.begun()).context.signal.aborted).toBe(true);
});

test('[P6] [P14] with enableJsonResponse a batch is answered with one array of responses', async () => {
  const { server, answer, calls } = await heldBatch({ enableJsonResponse: true }, [1, 2, 3]);
  await using _ = server;
  calls[2]?.answer({ n: 3 });
  calls[0]?.context.notify('notifications/progress', { nowhere: 'to go' });
  calls[0]?.answer({ n: 1 });
  calls[1]?.fail(new RpcError(-32000, 'no'));
  const array = await (await answer).done();
  expect([array.status, array.headers['content-type']]).toEqual([200, 'application/json']);
  expect(array.json).toEqual([
    result(3, { n: 3 }),
    result(1, { n: 1 }),
    { jsonrpc: '2.0', id: 2, error: { code: -32000, message: 'no' } },
  ]);
});

test('[P6] [P15] with enableJsonResponse what was cancelled is left out, and where all was there is no body', async () => {
  const { server, session, answer, calls } = await heldBatch({ enableJsonResponse: true }, [1, 2]);
  await using _ = server;
  await session.cancel(1);
  calls[1]?.answer({});
  expect((await (await answer).done()).json).toEqual([result(2)]);
  const next = send(session, [request(3, 'held'), request(4, 'held')]);
  await until('both to run', () => server.transport.inspect().inFlight.length === 2);
  await session.cancel(3);
  await session.cancel(4);
  expect([(await next).status, (await next).text]).toEqual([202, '']);
});

test('[P6] [S3] a batch whose session ends is over: its stream without responses, its JSON with one 404', async () => {
  for (const enableJsonResponse of [false, true]) {
    const { server, session, answer, calls } = await heldBatch({ enableJsonResponse, traced: true }, [1, 2, 3]);
    await using _ = server;
    calls[1]?.answer({});
    if (!enableJsonResponse) await (await answer).received(1);
    await session.delete();
    const ended = await (await answer).done();
    if (enableJsonResponse) expectMissing(ended, 'deleted');
    else expect([ended.state, ended.messages]).toEqual(['ended', [result(2)]]);
    expect(calls.map(({ context }) => context.signal.aborted)).toEqual([true, false, true]);
    const refusals = server.traces.filter(({ event }) => event.type === 'request-refused');
    expect(refusals).toHaveLength(enableJsonResponse ? 1 : 0);
  }
});

test("[P6] [P13] [B7] with 'reject' a batch that names an id in flight answers 409, and nothing of it is served", async () => {
  const { server, session } = await heldBatch({ duplicateRequestIds: 'reject' }, ['taken']);
  await using _ = server;
  const refused = await send(session, [request('free'), request('taken')]);
  expectError(refused, 409, -32600, /^A request with id "taken" is still in flight/);
  expect(server.handler.requests.map(({ id }) => id)).toEqual(['taken']);
  expect((await send(session, [request('free')])).status).toBe(200);
});

testInOneProcess(
  '[P6] [P17] every request of a batch counts for maxInFlight, and the batch takes one stream',
  async () => {
    const held = heldMethod();
    const handler = testHandler({ held: held.method });
    await using server = await serve({ handler, maxInFlight: 3, maxStreams: 1 });
    const session = await server.session(withBatches);
    const four = [1, 2, 3, 4].map((id) => request(id));
    expect((await send(session, four)).status).toBe(429);
    expect(server.handler.requests).toEqual([]);
    const stream = await open(session, [request(1, 'held'), request(2, 'held'), request(3)]);
    await stream.received(1);
    expect((await send(session, [request(4)])).status).toBe(503);
    expect((await send(session, [request(4), request(5)])).status).toBe(429);
    expect((await send(session, [notification('notifications/n')])).status).toBe(202);
  },
);
