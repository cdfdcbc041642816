/** What a request in flight may go through: the same id twice, cancellation, and losing its connection. */
import { expect, test } from 'vitest';
import { maskSessionId } from '../../playground-server/transport/trace.ts';
import { until } from '../setup/until.ts';
import { heldMethod, testHandler } from './support/handler.ts';
import { serve } from './support/serve.ts';

const gone = (server: { transport: { inspect(): { streams: { open: boolean }[] } } }) => () =>
  server.transport.inspect().streams.every(({ open }) => !open);

test('[P13] two requests in flight with one id are each served on their own stream', async () => {
  const held = heldMethod();
  await using server = await serve({ handler: testHandler({ held: held.method }) });
  const session = await server.session();
  const [first, second] = [await session.call('held', { n: 1 }, 1), await session.call('held', { n: 2 }, 1)];
  const [one, two] = [await held.begun(), await held.begun()];
  two.context.notify('notifications/progress', { of: 2 });
  two.answer({ answerTo: 2 });
  one.answer({ answerTo: 1 });
  expect((await first.done()).messages).toEqual([{ jsonrpc: '2.0', id: 1, result: { answerTo: 1 } }]);
  expect((await second.done()).messages).toEqual([
    { jsonrpc: '2.0', method: 'notifications/progress', params: { of: 2 } },
    { jsonrpc: '2.0', id: 1, result: { answerTo: 2 } },
  ]);
});

test('[P13] a client that sends id 1 with everything has each answer where it belongs', async () => {
  const held = heldMethod();
  await using server = await serve({ handler: testHandler({ held: held.method }) });
  const session = await server.session();
  const slow = await session.call('held', {}, 1);
  const { answer, context } = await held.begun();
  const texts = Array.from({ length: 20 }, (_, i) => `text ${i}`);
  const echoes = await Promise.all(texts.map((text) => session.answer('echo', { text }, 1)));
  expect(echoes.map(({ messages }) => messages)).toEqual(
    texts.map((text) => [{ jsonrpc: '2.0', id: 1, result: { text } }]),
  );
  expect(context.signal.aborted).toBe(false);
  answer({ slow: true });
  expect((await slow.done()).messages).toEqual([{ jsonrpc: '2.0', id: 1, result: { slow: true } }]);
  // Each answer is on its own stream, and is resumed there.
  const resumed = await Promise.all(echoes.map(async ({ frames }) => (await session.get(frames[0]?.id)).done()));
  expect(resumed.map(({ messages }) => messages[0].result.text)).toEqual(texts);
});

test('[P13] notifications/cancelled names all with that id, and 1 and "1" are different ids', async () => {
  const held = heldMethod();
  await using server = await serve({ handler: testHandler({ held: held.method }) });
  const session = await server.session();
  const numbers = [await session.call('held', {}, 1), await session.call('held', {}, 1)];
  const text = await session.call('held', {}, '1');
  const calls = [await held.begun(), await held.begun(), await held.begun()];
  await session.cancel(1);
  for (const answer of numbers) expect((await answer.done()).messages).toEqual([]);
  expect(calls.map(({ context }) => context.signal.aborted)).toEqual([true, true, false]);
  calls[2]?.answer({ still: 'here' });
  expect((await text.done()).messages).toEqual([{ jsonrpc: '2.0', id: '1', result: { still: 'here' } }]);
});

test("[P13] [B7] with 'reject' the second answers 409, and the id is free again after the answer", async () => {
  const held = heldMethod();
  const handler = testHandler({ held: held.method });
  await using server = await serve({ handler, duplicateRequestIds: 'reject' });
  const [session, other] = [await server.session(), await server.session()];
  const first = await session.call('held', {}, 1);
  const refused = await session.answer('ping', {}, 1);
  expect([refused.status, refused.json]).toEqual([
    409,
    {
      jsonrpc: '2.0',
      id: 1,
      error: {
        code: -32600,
        message: expect.stringMatching(/^A request with id 1 is still in flight .*Use an id once\.$/),
      },
    },
  ]);
  expect((await session.answer('ping', {}, '1')).status).toBe(200);
  expect((await other.answer('ping', {}, 1)).status).toBe(200);
  (await held.begun()).answer({});
  await first.done();
  expect((await session.answer('ping', {}, 1)).status).toBe(200);
  // A long id is echoed whole, and shortened in the message.
  const long = 'x'.repeat(5000);
  await session.call('held', {}, long);
  const { id, error } = (await session.answer('ping', {}, long)).json;
  expect([id, error.message.length < 200]).toEqual([long, true]);
});

test('[P15] a cancelled request aborts its handler and its stream ends without a response', async () => {
  const held = heldMethod();
  await using server = await serve({ handler: testHandler({ held: held.method }), traced: true });
  const session = await server.session();
  const answer = await session.call('held', {}, 'c');
  const call = await held.begun();
  call.context.notify('notifications/progress', { step: 1 });
  await answer.received(1);
  const told = Promise.withResolvers<void>();
  call.context.signal.addEventListener('abort', () => told.resolve());
  expect((await session.cancel('c')).status).toBe(202);
  await told.promise;
  await answer.done();
  expect([answer.state, answer.messages]).toEqual([
    'ended',
    [{ jsonrpc: '2.0', method: 'notifications/progress', params: { step: 1 } }],
  ]);
  // What the handler says from now on goes nowhere.
  call.context.notify('notifications/progress', { step: 2 });
  call.answer({});
  await session.answer('ping');
  expect(server.transport.inspect().inFlight).toEqual([]);
  expect(server.handler.notifications.map(({ method }) => method)).toEqual(['notifications/initialized']);
  expect(server.traces.map(({ event }) => event)).toContainEqual({ type: 'request-cancelled', id: 'c' });
});

test('[X2] what runs can be seen, by the masked id of its session', async () => {
  const held = heldMethod();
  await using server = await serve({ handler: testHandler({ held: held.method }) });
  const session = await server.session();
  const call = await session.call('held');
  const { answer } = await held.begun();
  expect(server.transport.inspect().inFlight).toEqual([{ session: maskSessionId(session.id), method: 'held' }]);
  answer({});
  await call.done();
});

test('[P15] a signal that is asked for after the cancellation is aborted already', async () => {
  const held = heldMethod();
  await using server = await serve({ handler: testHandler({ held: held.method }) });
  const session = await server.session();
  const answer = await session.call('held', {}, 1);
  const call = await held.begun();
  await session.cancel(1);
  await answer.done();
  expect(call.context.signal.aborted).toBe(true);
});

test('[P15] cancelling what does not run, or nothing at all, is accepted and without effect', async () => {
  const held = heldMethod();
  await using server = await serve({ handler: testHandler({ held: held.method }) });
  const [session, other] = [await server.session(), await server.session()];
  const answer = await session.call('held', {}, 1);
  const call = await held.begun();
  for (const params of [{ requestId: 2 }, { requestId: null }, { requestId: [1] }, {}, undefined]) {
    expect((await session.notify('notifications/cancelled', params)).status).toBe(202);
  }
  expect((await other.cancel(1)).status).toBe(202);
  expect(call.context.signal.aborted).toBe(false);
  call.answer({ ok: true });
  expect((await answer.done()).messages).toHaveLength(1);
});

test('[P15] with enableJsonResponse a cancelled request is answered without a response', async () => {
  const held = heldMethod();
  await using server = await serve({ handler: testHandler({ held: held.method }), enableJsonResponse: true });
  const session = await server.session();
  const pending = session.answer('held', {}, 1);
  const call = await held.begun();
  await session.cancel(1);
  expect([(await pending).status, (await pending).text]).toEqual([202, '']);
  expect(call.context.signal.aborted).toBe(true);
});

test('[P16] a connection going away does not cancel its request; the result is read by resuming', async () => {
  const held = heldMethod();
  await using server = await serve({ handler: testHandler({ held: held.method }) });
  const session = await server.session();
  const answer = await session.call('held', {}, 'r');
  const call = await held.begun();
  call.context.notify('notifications/progress', { step: 1 });
  await answer.received(1);
  answer.destroy();
  await until('the connection to be gone', gone(server));
  expect(call.context.signal.aborted).toBe(false);
  call.context.notify('notifications/progress', { step: 2 });
  call.answer({ finished: true });
  const resumed = await (await session.get(answer.frames.at(-1)?.id)).done();
  expect(resumed.status).toBe(200);
  expect(resumed.messages).toEqual([
    { jsonrpc: '2.0', method: 'notifications/progress', params: { step: 2 } },
    { jsonrpc: '2.0', id: 'r', result: { finished: true } },
  ]);
});

test('[P16] also when it goes away before the first byte was read, and when it is resumed before the answer', async () => {
  const held = heldMethod();
  await using server = await serve({ handler: testHandler({ held: held.method }) });
  const session = await server.session();
  const answer = await session.call('held', {}, 'r');
  const call = await held.begun();
  answer.destroy();
  await until('the connection to be gone', gone(server));
  const resumed = await session.get('1.0');
  await resumed.until('the first bytes', ({ frames }) => frames.length > 0);
  call.answer({ late: true });
  expect((await resumed.done()).messages).toEqual([{ jsonrpc: '2.0', id: 'r', result: { late: true } }]);
});

test('[P16] [S1] with enableJsonResponse the handler still finishes, and the session is free again', async () => {
  const held = heldMethod();
  await using server = await serve({ handler: testHandler({ held: held.method }), enableJsonResponse: true });
  const session = await server.session();
  const pending = session.call('held', {}, 1).catch((error: Error) => error);
  const call = await held.begun();
  server.server.closeAllConnections();
  expect(await pending).toBeInstanceOf(Error);
  expect(call.context.signal.aborted).toBe(false);
  call.answer({});
  await until('the call to be over', () => server.transport.inspect().inFlight.length === 0);
  expect((await session.answer('ping')).status).toBe(200);
});

test('[P15] [P17] with enableJsonResponse what was cancelled or answered counts no more, alone or in a batch', async () => {
  const held = heldMethod();
  const handler = testHandler({ held: held.method });
  await using server = await serve({ handler, enableJsonResponse: true });
  const session = await server.session('2025-03-26');
  const alone = session.answer('held', {}, 'a');
  await held.begun();
  const ids = ['b', 'c', 'd'];
  const batch = session.send({ body: ids.map((id) => ({ jsonrpc: '2.0', id, method: 'held' })) });
  const calls = [await held.begun(), await held.begun(), await held.begun()];
  for (const id of ['a', 'b', 'c']) await session.cancel(id);
  calls[2]?.answer({});
  expect((await alone).status).toBe(202);
  expect((await batch).json).toEqual([{ jsonrpc: '2.0', id: 'd', result: {} }]);
  await until('none to run', () => server.transport.inspect().inFlight.length === 0);
});
