/** A handler that closes its connection on purpose, for its client to come back: polling. */
import { expect, test } from 'vitest';
import { until } from '../setup/until.ts';
import { heldMethod, type Method, testHandler } from './support/handler.ts';
import { type Served, serve } from './support/serve.ts';

const progress = (step: number) => ({ jsonrpc: '2.0', method: 'notifications/progress', params: { step } });
const result = (id: string | number, value: object = {}) => ({ jsonrpc: '2.0', id, result: value });
const openStreams = (server: Served) => server.transport.inspect().streams.filter(({ open }) => open).length;

test('[E8] a handler closes its connection: retry first, and its client comes back for the rest', async () => {
  const held = heldMethod();
  await using server = await serve({ handler: testHandler({ held: held.method }), retryInterval: 250 });
  const session = await server.session();
  const [get, answer] = [await session.get(), await session.call('held', {}, 'h')];
  const { context, answer: finish } = await held.begun();
  context.notify('notifications/progress', { step: 1 });
  await answer.received(1);
  expect(context.hangUp()).toBe(true);
  await answer.done();
  expect([answer.state, answer.messages]).toEqual(['ended', [progress(1)]]);
  expect(answer.frames.at(-1)?.raw).toBe('retry: 250\n\n');
  // It goes on working, and what it says waits.
  context.notify('notifications/progress', { step: 2 });
  const resumed = await session.get(answer.eventIds.at(-1));
  await resumed.received(1);
  context.notify('notifications/progress', { step: 3 });
  await resumed.received(2);
  finish({ done: true });
  expect((await resumed.done()).messages).toEqual([progress(2), progress(3), result('h', { done: true })]);
  expect(context.signal.aborted).toBe(false);
  expect(get.state).toBe('arriving');
});

test('[E8] it may hang up again and again, also while nobody reads', async () => {
  const held = heldMethod();
  await using server = await serve({ handler: testHandler({ held: held.method }) });
  const session = await server.session();
  let connection = await session.call('held', {}, 1);
  const { context, answer } = await held.begun();
  const seen = [];
  for (let step = 1; step <= 5; step++) {
    context.notify('notifications/progress', { step });
    await connection.received(1);
    expect([context.hangUp(), context.hangUp()]).toEqual([true, true]);
    seen.push(...(await connection.done()).messages);
    connection = await session.get(connection.frames.findLast(({ id }) => id !== undefined)?.id);
  }
  answer({});
  expect([...seen, ...(await connection.done()).messages]).toEqual(
    [1, 2, 3, 4, 5].map(progress).concat([result(1)] as never),
  );
});

test('[E8] [E1] before the first turn is over: the client has an id to come back with', async () => {
  const handler = testHandler({
    hasty: (_, context) => ({ hungUp: context.hangUp() }),
  });
  await using server = await serve({ handler, retryInterval: 7 });
  const session = await server.session();
  const answer = await session.answer('hasty', {}, 1);
  expect([answer.status, answer.text]).toEqual([200, 'id: 1.0\nretry: 7\ndata:\n\nretry: 7\n\n']);
  expect((await (await session.get('1.0')).done()).messages).toEqual([result(1, { hungUp: true })]);
});

test.each([
  ['before 2025-11-25', '2025-06-18', {}],
  ['before 2025-11-25, in a batch', '2025-03-26', {}],
  ['where nothing is kept (eventLog: null)', '2025-11-25', { eventLog: null }],
  ['with enableJsonResponse', '2025-11-25', { enableJsonResponse: true }],
])('[E8] without effect %s: the connection stays, and carries the answer', async (_, version, options) => {
  const talk: Method = (_params, context) => {
    context.notify('notifications/progress', { step: 1 });
    return { hungUp: context.hangUp() };
  };
  await using server = await serve({ handler: testHandler({ talk }), ...options });
  const session = await server.session(version);
  const request = { jsonrpc: '2.0', id: 1, method: 'talk' };
  const answer = await session.send({ body: version === '2025-03-26' ? [request] : request });
  const messages = 'enableJsonResponse' in options ? [progress(1), answer.json] : answer.messages;
  expect(messages).toEqual([progress(1), result(1, { hungUp: false })]);
  expect(answer.text).not.toContain('retry');
});

test('[E8] without effect once the request is answered or cancelled, or its session is gone', async () => {
  const held = heldMethod();
  await using server = await serve({ handler: testHandler({ held: held.method }) });
  const session = await server.session();
  const answers = [1, 2, 3].map((id) => session.answer('held', {}, id));
  const calls = [await held.begun(), await held.begun(), await held.begun()];
  const [one, two] = [1, 2].map((id) => calls.find(({ context }) => context.requestId === id));
  one?.answer({});
  await session.cancel(2);
  await until('it to be told', () => two?.context.signal.aborted);
  expect([one?.context.hangUp(), two?.context.hangUp()]).toEqual([false, false]);
  await session.delete();
  await Promise.all(answers);
  expect(calls.map(({ context }) => context.hangUp())).toEqual([false, false, false]);
});

test('[E8] [S1] a client that does not come back at once keeps its session: the request is in flight', async () => {
  const held = heldMethod();
  await using server = await serve({ handler: testHandler({ held: held.method }), sessionIdleTimeoutMs: 1_000 });
  const session = await server.session();
  const answer = await session.call('held', {}, 1);
  const call = await held.begun();
  call.context.hangUp();
  await answer.done();
  await until('its connection to be gone', () => openStreams(server) === 0);
  const other = await server.session();
  await until('an idle session to expire', () => server.transport.inspect().sessions.length === 1);
  expect((await other.answer('ping')).status).toBe(404);
  call.answer({});
  expect((await (await session.get('1.0')).done()).messages).toEqual([result(1)]);
});
