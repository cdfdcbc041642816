/** Questions that get no answer, or none that is one: whoever asked is told, and so is the client. */
import { expect, onTestFinished, test, vi } from 'vitest';
import { elicitation, roots } from '../../playground-server/transport/index.ts';
import { until } from '../setup/until.ts';
import type { Json } from './support/answer.ts';
import { ClientSession, latest } from './support/client.ts';
import { clockedStore } from './support/clocked-store.ts';
import { heldMethod, testHandler } from './support/handler.ts';
import { capabilitiesKey, modernRequest } from './support/modern.ts';
import { asJson, askingHandler, canAll, failureOf, question, respond } from './support/questions.ts';
import { serve } from './support/serve.ts';
import { another, store, storeName, testInMemory } from './support/store.ts';

const cancelled = (requestId: string, reason: Json = expect.any(String)) => ({
  jsonrpc: '2.0',
  method: 'notifications/cancelled',
  params: { requestId, reason },
});
const minute = 60_000;

test.each([
  ['the option clientRequestTimeoutMs', { clientRequestTimeoutMs: 40 }, undefined],
  ['the time of this one call', {}, 40],
])('[C4] time up, by %s: notifications/cancelled goes out and the handler is told', async (_, options, timeoutMs) => {
  await using server = await serve({ handler: askingHandler(), traced: true, ...options });
  const session = await server.session(latest, canAll);
  const answer = await session.answer('ask', { method: 'roots/list', timeoutMs }, 't');
  const { id } = await question(answer);
  const message = 'The client did not answer roots/list within 40 ms.';
  expect(answer.messages).toEqual([
    { jsonrpc: '2.0', id, method: 'roots/list', params: { of: 'ask' } },
    cancelled(id, message),
    { jsonrpc: '2.0', id: 't', result: { failed: { reason: 'timed-out', code: -32603, message } } },
  ]);
  // The answer that comes too late is accepted, and nobody waits for it.
  expect((await respond(session, id, { roots: [] })).status).toBe(202);
  const answered = () => server.traces.map(({ event }) => event).find(({ type }) => type === 'client-answered');
  await until('it to be traced', () => answered() !== undefined);
  expect(answered()).toEqual({ type: 'client-answered', id, waiting: false });
});

test('[C4] [C3] time up while nobody reads: the client that resumes sees the question and that it is withdrawn', async () => {
  const held = heldMethod();
  await using server = await serve({ handler: testHandler({ held: held.method }) });
  const session = await server.session(latest, canAll);
  const answer = await session.call('held', {}, 1);
  const call = await held.begun();
  answer.destroy();
  await until('nobody to read', () => server.transport.inspect().streams.every(({ open }) => !open));
  const [ofRequest, ofSession] = await Promise.all([
    call.context.request('roots/list', {}, { timeoutMs: 1 }).catch(asJson),
    call.context.session.request('roots/list', {}, { timeoutMs: 1 }).catch(asJson),
  ]);
  expect([ofRequest.reason, ofSession.reason]).toEqual(['timed-out', 'timed-out']);
  for (const stream of [await session.get('1.0'), await session.get('0.0')]) {
    const { id } = await question(stream);
    expect((await stream.received(2)).messages[1]).toEqual(cancelled(id));
  }
});

test('[C4] the client cancels the request that asked: its question is withdrawn, and the handler told', async () => {
  const held = heldMethod();
  await using server = await serve({ handler: testHandler({ held: held.method }) });
  const session = await server.session(latest, canAll);
  const [answer, beside] = [await session.call('held', {}, 'c'), await session.call('held', {}, 'other')];
  const [call, other] = [await held.begun(), await held.begun()];
  const failed = call.context.request('roots/list').catch(asJson);
  const notTouched = [other.context.request('roots/list'), call.context.session.request('roots/list')];
  const { id } = await question(answer);
  await session.cancel('c');
  const message = 'The request that asked was cancelled or answered.';
  expect(await failed).toEqual({ reason: 'cancelled', code: -32603, message });
  expect([(await answer.done()).state, answer.messages.slice(1)]).toEqual(['ended', [cancelled(id, message)]]);
  expect(call.context.signal.aborted).toBe(true);
  // Other questions of the session stand.
  await respond(session, (await question(beside)).id, { n: 1 });
  await respond(session, (await question(await session.get())).id, { n: 2 });
  expect(await Promise.all(notTouched)).toEqual([{ n: 1 }, { n: 2 }]);
  // From now on it can ask nothing more.
  for (const late of [call.context.request('ping'), call.context.ask({ q: roots() })]) {
    const message = 'The request that asks is cancelled or answered.';
    expect(await late.catch(asJson)).toEqual({ reason: 'cancelled', code: -32603, message });
  }
});

test('[C4] a request cancelled on another instance withdraws its question as well', async () => {
  const backplane = store();
  const held = heldMethod();
  await using one = await serve({ handler: testHandler({ held: held.method }), backplane });
  await using two = await serve({ backplane: another(backplane) });
  const session = await one.session(latest, canAll);
  const answer = await session.call('held', {}, 'c');
  const failed = (await held.begun()).context.request('roots/list').catch(asJson);
  const { id } = await question(answer);
  await new ClientSession(two, session.id, latest).cancel('c');
  expect((await failed).reason).toBe('cancelled');
  expect((await answer.done()).messages.at(-1)).toEqual(cancelled(id));
});

test('[C4] [X4] a handler that answers without waiting for its question: withdrawn before the answer, and no fault', async () => {
  const handler = testHandler({
    hasty: (_, context) => {
      void context.request('roots/list');
      void context.ask({ where: roots() });
      return { done: true };
    },
  });
  await using server = await serve({ handler, traced: true });
  const session = await server.session(latest, canAll);
  for (let i = 0; i < 2; i++) {
    const answer = await session.answer('hasty', {}, 'h');
    const ids = answer.messages.filter(({ method }) => method === 'roots/list').map(({ id }) => id);
    expect(ids).toHaveLength(2);
    expect(answer.messages.slice(2)).toEqual([
      ...ids.map((id) => cancelled(id)),
      { jsonrpc: '2.0', id: 'h', result: { done: true } },
    ]);
  }
  expect(server.traces.filter(({ event }) => event.type === 'handler-failed')).toEqual([]);
});

test('[I1] [X4] in the modern era as well: what a handler does not look at is no fault', async () => {
  const handler = testHandler({
    'tools/call': (_, context) => {
      void context.request('ping');
      void context.ask({ where: roots() });
      return { done: true };
    },
  });
  await using server = await serve({ handler });
  const params = { name: 'hasty' };
  const answer = await server.send(modernRequest('tools/call', { params, meta: { [capabilitiesKey]: { roots: {} } } }));
  expect(answer.json.result.done).toBe(true);
});

test('[C5] [X4] a question of the session that nobody waits for ends with it, without a fault', async () => {
  const handler = testHandler({
    hasty: (_, context) => {
      void context.session.request('roots/list');
      return {};
    },
  });
  await using server = await serve({ handler });
  const session = await server.session(latest, canAll);
  await session.answer('hasty');
  await question(await session.get());
  await session.delete();
  expect((await server.initialize()).status).toBe(200);
});

test.each(['DELETE', 'DELETE on another instance', 'expiry', 'close()'])(
  '[C5] [S3] the session ends by %s: the handler is told at once, and nothing more is sent',
  async (by) => {
    const { clock, backplane } = clockedStore();
    const held = heldMethod();
    const options = { backplane, sessionIdleTimeoutMs: minute };
    await using server = await serve({ handler: testHandler({ held: held.method }), ...options });
    await using other = await serve(options);
    const session = await server.session(latest, canAll);
    const [get, answer] = [await session.get(), await session.call('held')];
    const { context } = await held.begun();
    const told = [context.request('roots/list'), context.session.request('roots/list')].map((given) =>
      given.catch(asJson),
    );
    await Promise.all([question(get), question(answer)]);
    if (by === 'DELETE') await session.delete();
    if (by === 'DELETE on another instance') await new ClientSession(other, session.id, latest).delete();
    if (by === 'close()') await server.transport.close({ graceMs: 0 });
    if (by === 'expiry') {
      // A session in use does not expire: the store is told that its user is gone, as of another process that died.
      backplane.sessions.release(session.id);
      clock.now += minute;
      await session.answer('ping');
    }
    const ended = { reason: 'session-ended', code: -32603, message: 'The session ended.' };
    expect(await Promise.all(told)).toEqual([ended, ended]);
    // Where the session goes on without this instance, its client is told that this request does not.
    const answered = by === 'close()' && storeName !== 'memory' ? 2 : 1;
    expect([(await get.done()).messages.length, (await answer.done()).messages.length]).toEqual([1, answered]);
    expect(await context.session.request('ping').catch(asJson)).toEqual(ended);
  },
);

testInMemory('[C4] [X1] a question that is over leaves no timer: nothing keeps its process from ending', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const held = heldMethod();
  await using server = await serve({ handler: testHandler({ held: held.method }) });
  const session = await server.session();
  const answer = await session.call('held', {}, 'answered');
  await session.call('held', {}, 'cancelled');
  const calls = [await held.begun(), await held.begun()];
  const before = vi.getTimerCount();
  const asked = calls.flatMap(({ context }) => [context.request('ping'), context.session.request('ping')]);
  const settled = Promise.allSettled(asked);
  expect(vi.getTimerCount() - before).toBe(4);
  await respond(session, (await question(answer)).id, {});
  await session.cancel('cancelled');
  await session.delete();
  expect((await settled).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'rejected']);
  expect(vi.getTimerCount()).toBe(before);
});

test('[C1] the client answers with an error: the handler is given all of it', async () => {
  await using server = await serve({ handler: askingHandler() });
  const session = await server.session(latest, canAll);
  for (const error of [
    { code: -1, message: 'The user said no' },
    { code: -32601, message: 'What?', data: { more: [1] } },
  ]) {
    const answer = await session.call('ask', { method: 'roots/list' });
    await respond(session, (await question(answer)).id, undefined, error);
    expect(failureOf(await answer.done())).toEqual({
      reason: 'client-error',
      code: -32603,
      message: 'The client answered roots/list with an error.',
      data: error,
    });
  }
});

test('[C1] what a handler does not catch is the answer to the client', async () => {
  const handler = testHandler({ ask: (_, context) => context.ask({ where: roots() }) });
  await using server = await serve({ handler, traced: true });
  const session = await server.session(latest, canAll);
  const answer = await session.call('ask', {}, 1);
  await respond(session, (await question(answer)).id, undefined, { code: -1, message: 'no' });
  expect((await answer.done()).messages.at(-1)).toEqual({
    jsonrpc: '2.0',
    id: 1,
    error: {
      code: -32603,
      message: 'The client answered roots/list with an error.',
      data: { code: -1, message: 'no' },
    },
  });
  expect(server.traces.map(({ event }) => event.type)).not.toContain('handler-failed');
});

const nameForm = elicitation({
  message: 'Name?',
  requestedSchema: { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] },
});

test.each([
  ['no action', {}, /"action" must be accept, decline or cancel/],
  ['a missing property', { action: 'accept', content: {} }, /"content" lacks "name"/],
  ['a wrong type', { action: 'accept', content: { name: 7 } }, /"name" must be a string/],
])('[I5] [C1] an answer with %s is none: the handler is told why', async (_, result, why) => {
  const handler = testHandler({ ask: (_params, context) => context.ask({ q: nameForm }).catch(asJson) });
  await using server = await serve({ handler });
  const session = await server.session(latest, canAll);
  const answer = await session.call('ask');
  await respond(session, (await question(answer)).id, result);
  const told = (await answer.done()).messages.at(-1).result;
  expect(told).toMatchObject({ reason: 'answer-invalid', code: -32603 });
  expect(told.message).toMatch(
    new RegExp(`^The client's answer to elicitation/create is not valid: ${why.source}\\.$`),
  );
});

test('[C4] one failed answer among several fails them all, and the open ones are withdrawn with the request', async () => {
  const handler = testHandler({ ask: (_, context) => context.ask({ where: roots(), name: nameForm }).catch(asJson) });
  await using server = await serve({ handler });
  const session = await server.session(latest, canAll);
  const answer = await session.call('ask', {}, 1);
  await answer.received(2);
  const [where, name] = answer.messages;
  await respond(session, name.id, undefined, { code: -1, message: 'no' });
  await answer.done();
  expect(answer.messages.slice(2)).toEqual([
    cancelled(where.id),
    { jsonrpc: '2.0', id: 1, result: expect.objectContaining({ reason: 'client-error' }) },
  ]);
});
