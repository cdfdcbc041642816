/** `close()`: nothing new begins, what runs may finish, and then everything ends. */
import { expect, test } from 'vitest';
import { memory } from '../../playground-server/transport/index.ts';
import { until } from '../setup/until.ts';
import { latest } from './support/client.ts';
import { expectError, expectMissing } from './support/expect.ts';
import { heldMethod, testHandler } from './support/handler.ts';
import { modernRequest } from './support/modern.ts';
import { serve } from './support/serve.ts';
import { testInMemory } from './support/store.ts';

const result = (id: string | number, value: object = {}) => ({ jsonrpc: '2.0', id, result: value });
/** Longer than any test: whoever waits for it waits for too long. */
const forEver = { graceMs: 3_600_000 };

test('[X1] while it drains new sessions are answered 503, and open ones go on', async () => {
  const held = heldMethod();
  await using server = await serve({ handler: testHandler({ held: held.method }) });
  const session = await server.session();
  const [get, running] = [await session.get(), await session.call('held', {}, 1)];
  const call = await held.begun();
  const closed = server.transport.close(forEver);
  const refused = await server.initialize();
  const says = /^This server is shutting down\. Open a session again in a moment\.$/;
  expectError(refused, 503, -32603, says, 1);
  expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
  expect(refused.headers['mcp-session-id']).toBeUndefined();
  // With the id of a live session as well: whoever opens a session has to go elsewhere.
  expect((await server.initialize({}, session.headers)).status).toBe(503);
  expect((await session.answer('ping', {}, 2)).messages).toEqual([result(2)]);
  expect((await session.notify('notifications/n')).status).toBe(202);
  server.transport.broadcast('notifications/still');
  expect((await get.received(1)).messages).toEqual([{ jsonrpc: '2.0', method: 'notifications/still' }]);
  call.answer({});
  await closed;
  expect((await running.done()).messages).toEqual([result(1)]);
});

test('[X1] every open stream is told how long to wait before it comes back', async () => {
  const held = heldMethod();
  await using server = await serve({ handler: testHandler({ held: held.method }), retryInterval: 321 });
  const [one, two] = [await server.session(), await server.session('2025-03-26')];
  const streams = [await one.get(), await one.call('held'), await two.get(), await two.call('held')];
  for (const _ of [1, 2]) await held.begun();
  for (const stream of streams) await stream.until('its first bytes', ({ frames }) => frames.length === 1);
  const closed = server.transport.close(forEver);
  for (const stream of streams) {
    await stream.until('the retry field', ({ frames }) => frames.length === 2);
    expect([stream.frames[1]?.raw, stream.state]).toEqual(['retry: 321\n\n', 'arriving']);
  }
  for (const call of held.calls) call.answer({});
  await closed;
});

testInMemory('[X1] it ends as soon as the last request has been answered, and with it the sessions', async () => {
  const held = heldMethod();
  await using server = await serve({ handler: testHandler({ held: held.method }), traced: true });
  const [session, other] = [await server.session(), await server.session()];
  const [get, ...answers] = [await session.get(), await session.call('held', {}, 1), await other.call('held', {}, 2)];
  const calls = [await held.begun(), await held.begun()];
  let isClosed = false;
  const closed = server.transport.close(forEver).then(() => {
    isClosed = true;
  });
  calls[0]?.answer({ n: 1 });
  await answers[0]?.done();
  // Another exchange with the server: if it were over by now, it would show.
  expect((await other.answer('ping', {}, 3)).messages).toEqual([result(3)]);
  expect([isClosed, get.state]).toEqual([false, 'arriving']);
  calls[1]?.answer({ n: 2 });
  await closed;
  expect([(await get.done()).state, (await answers[1]?.done())?.messages]).toEqual(['ended', [result(2, { n: 2 })]]);
  for (const gone of [session, other]) expectMissing(await gone.answer('ping'), 'closed');
  expect(server.transport.inspect()).toEqual({ sessions: [], streams: [], inFlight: [], listening: 0 });
  const reasons = server.traces.flatMap(({ event }) => (event.type === 'session-ended' ? [event.reason] : []));
  expect(reasons).toEqual(['closed', 'closed']);
});

testInMemory(
  '[X1] what still runs after the grace period is aborted, and its stream ends without an answer',
  async () => {
    const held = heldMethod();
    await using server = await serve({ handler: testHandler({ held: held.method }) });
    const session = await server.session();
    const [quick, slow] = [await session.call('held', {}, 'quick'), await session.call('held', {}, 'slow')];
    const calls = [await held.begun(), await held.begun()];
    const closed = server.transport.close({ graceMs: 50 });
    expect(calls[1]?.context.signal.aborted).toBe(false);
    calls[0]?.answer({});
    await closed;
    expect([(await quick.done()).messages, (await slow.done()).messages]).toEqual([[result('quick')], []]);
    expect(slow.state).toBe('ended');
    expect(calls.map(({ context }) => context.signal.aborted)).toEqual([false, true]);
    calls[1]?.answer({ late: true });
  },
);

testInMemory('[X1] with enableJsonResponse what is aborted is answered 404 with the reason', async () => {
  const held = heldMethod();
  await using server = await serve({ handler: testHandler({ held: held.method }), enableJsonResponse: true });
  const session = await server.session();
  const pending = session.answer('held', {}, 1);
  await held.begun();
  await server.transport.close({ graceMs: 0 });
  expectMissing(await pending, 'closed');
});

test('[X1] stateless and modern requests are waited for as well; then each is refused with 503', async () => {
  const held = heldMethod();
  await using server = await serve({ handler: testHandler({ held: held.method }), stateless: true });
  const plain = { body: { jsonrpc: '2.0', id: 's', method: 'held' }, headers: { 'mcp-protocol-version': latest } };
  const stateless = await server.open(plain);
  const first = await held.begun();
  const modern = server.send(modernRequest('held', { id: 'm' }));
  const second = await held.begun();
  const closed = server.transport.close(forEver);
  expect((await server.initialize()).status).toBe(503);
  first.answer({ n: 1 });
  expect((await stateless.done()).messages).toEqual([result('s', { n: 1 })]);
  second.answer({ n: 2 });
  await closed;
  expect((await modern).json.result).toMatchObject({ n: 2 });
  for (const [parts, id] of [
    [plain, 's'],
    [{ body: [] }, undefined],
    [modernRequest('held', { id: 'm' }), 'm'],
  ] as const) {
    const refused = await server.send(parts);
    expectError(refused, 503, -32603, /^This server is shutting down\. Send the request again in a moment\.$/, id);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
  }
  expect(held.calls).toHaveLength(2);
});

test('[X1] stateless and modern requests that still run after the grace period are aborted', async () => {
  const held = heldMethod();
  await using server = await serve({ handler: testHandler({ held: held.method }), stateless: true });
  const batch = [1, 2].map((id) => ({ jsonrpc: '2.0', id, method: 'held' }));
  const stateless = await server.open({ body: batch });
  const modern = server.send(modernRequest('held'));
  const calls = [await held.begun(), await held.begun(), await held.begun()];
  await server.transport.close({ graceMs: 0 });
  expect([(await stateless.done()).state, stateless.messages]).toEqual(['ended', []]);
  expect((await modern).status).toBe(503);
  expect(calls.map(({ context }) => context.signal.aborted)).toEqual([true, true, true]);
});

test('[X1] [P16] stateless: a request whose client went away is aborted as well', async () => {
  const held = heldMethod();
  const handler = testHandler({ held: held.method });
  await using server = await serve({ handler, stateless: true, traced: true });
  const answer = await server.open({ body: { jsonrpc: '2.0', id: 1, method: 'held' } });
  const { context } = await held.begun();
  answer.destroy();
  await until('the connection to be gone', () => server.traces.some(({ event }) => event.type === 'connection-closed'));
  await server.transport.close({ graceMs: 0 });
  expect(context.signal.aborted).toBe(true);
});

test('[X1] stateless, with enableJsonResponse: what is aborted is answered with an error', async () => {
  const held = heldMethod();
  const options = { stateless: true, enableJsonResponse: true };
  await using server = await serve({ ...options, handler: testHandler({ held: held.method }) });
  const pending = server.send({ body: { jsonrpc: '2.0', id: 1, method: 'held' } });
  const { context } = await held.begun();
  await server.transport.close({ graceMs: 0 });
  expect((await pending).json).toMatchObject({ id: 1, error: {} });
  expect(context.signal.aborted).toBe(true);
});

test('[X1] a request that is cancelled, and one whose session ends, are not waited for', async () => {
  const held = heldMethod();
  await using server = await serve({ handler: testHandler({ held: held.method }) });
  const [session, other] = [await server.session(), await server.session()];
  await session.call('held', {}, 'c');
  await other.call('held', {}, 'd');
  const closed = server.transport.close(forEver);
  await session.cancel('c');
  await other.delete();
  await closed;
});

testInMemory('[X1] where nothing runs it does not wait, and a second call changes nothing', async () => {
  await using server = await serve();
  const session = await server.session();
  const get = await session.get();
  await server.transport.close(forEver);
  await get.done();
  await Promise.all([server.transport.close(forEver), server.transport.close()]);
  expectMissing(await session.answer('ping'), 'closed');
  expect((await server.initialize()).status).toBe(503);
});

test('[X1] two calls at once both wait for what runs', async () => {
  const held = heldMethod();
  await using server = await serve({ handler: testHandler({ held: held.method }) });
  const answer = await (await server.session()).call('held', {}, 1);
  const call = await held.begun();
  const closed = [server.transport.close(forEver), server.transport.close(forEver)];
  call.answer({});
  await Promise.all(closed);
  expect((await answer.done()).messages).toEqual([result(1)]);
});

test.each(['throws', 'rejects'])('[X1] [X4] a store that %s when it is told keeps nothing from ending', async (how) => {
  const backplane = memory();
  const failing = () => {
    if (how === 'throws') throw new Error('unreachable');
    return Promise.reject(new Error('unreachable'));
  };
  Object.assign(backplane.sessions, { end: failing });
  const held = heldMethod();
  const handler = testHandler({ held: held.method });
  await using server = await serve({ backplane, handler, traced: true });
  const gets = [await (await server.session()).get(), await (await server.session()).get()];
  await (await server.session()).call('held');
  const { context } = await held.begun();
  await server.transport.close({ graceMs: 0 });
  for (const get of gets) expect((await get.done()).state).toBe('ended');
  expect(context.signal.aborted).toBe(true);
  expect(server.transport.inspect().sessions).toEqual([]);
  const faults = server.traces.filter(({ event }) => event.type === 'handler-failed');
  expect(faults.map(({ event }) => event)).toEqual(
    Array(3).fill({ type: 'handler-failed', method: 'close', error: expect.stringContaining('unreachable') }),
  );
});

test('[X1] a closed instance has left the message bus', async () => {
  const { messages, ...rest } = memory();
  let subscriptions = 0;
  const counted: typeof messages = {
    publish: (topic, message) => messages.publish(topic, message),
    subscribe: (...args) => {
      subscriptions++;
      const leave = messages.subscribe(...args);
      return () => {
        subscriptions--;
        leave();
      };
    },
  };
  await using server = await serve({ backplane: { messages: counted, ...rest } });
  expect(subscriptions).toBeGreaterThan(0);
  await server.transport.close();
  await until('the bus to be left', () => subscriptions === 0);
});
test('[X1] stateless, with enableJsonResponse: what is aborted is answered 503, to be sent again', async () => {
  const held = heldMethod();
  const options = { stateless: true, enableJsonResponse: true };
  await using server = await serve({ ...options, handler: testHandler({ held: held.method }) });
  const pending = server.send({ body: { jsonrpc: '2.0', id: 1, method: 'held' } });
  await held.begun();
  await server.transport.close({ graceMs: 0 });
  const answer = await pending;
  expect([answer.status, answer.headers['retry-after']]).toEqual([503, '1']);
});
