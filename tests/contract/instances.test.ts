/** Two transports that share one backplane: whichever is asked, the session is the same. */
import { expect, test } from 'vitest';
import { memory, StoreUnreachable } from '../../playground-server/transport/index.ts';
import { until } from '../setup/until.ts';
import { type Client, ClientSession, latest } from './support/client.ts';
import { clockedStore } from './support/clocked-store.ts';
import { expectMissing } from './support/expect.ts';
import { heldMethod, type Method, testHandler } from './support/handler.ts';
import { byUser } from './support/principal.ts';
import { serve } from './support/serve.ts';
import { another, store, testInMemory, testInOneProcess } from './support/store.ts';

const minute = 60_000;
const at = (client: Client, session: ClientSession) => new ClientSession(client, session.id, latest);

testInOneProcess(
  '[S4] [S3] DELETE on one instance ends the streams and handlers of the other: 404 everywhere',
  async () => {
    const backplane = store();
    const held = heldMethod();
    await using one = await serve({ handler: testHandler({ held: held.method }), backplane, traced: true });
    await using two = await serve({ backplane: another(backplane) });
    const [session, other] = [await one.session(), await one.session()];
    const [get, answer, othersGet] = [await session.get(), await session.call('held'), await other.get()];
    const { context } = await held.begun();
    const elsewhere = at(two, session);
    const deleted = await elsewhere.delete();
    expect([deleted.status, deleted.text]).toEqual([200, '']);
    expect([(await get.done()).state, (await answer.done()).state, answer.messages]).toEqual(['ended', 'ended', []]);
    expect(context.signal.aborted).toBe(true);
    for (const gone of [session, elsewhere]) {
      expectMissing(await gone.answer('ping'), 'deleted');
      expectMissing(await (await gone.get()).done(), 'deleted');
      expectMissing(await gone.delete(), 'deleted');
    }
    const ended = one.traces.filter(({ event }) => event.type === 'session-ended');
    expect(ended.map(({ event }) => event)).toEqual([{ type: 'session-ended', reason: 'deleted' }]);
    // The other session is as it was.
    expect(othersGet.state).toBe('arriving');
    expect(one.transport.inspect().sessions).toHaveLength(1);
  },
);

test('[P15] notifications/cancelled, posted to another instance, aborts what it names', async () => {
  const backplane = store();
  const held = heldMethod();
  await using one = await serve({ handler: testHandler({ held: held.method }), backplane });
  await using two = await serve({ backplane: another(backplane) });
  const [session, other] = [await one.session(), await one.session()];
  const answers = [
    await session.call('held', {}, 1),
    await session.call('held', {}, 1),
    await session.call('held', {}, '1'),
    await other.call('held', {}, 1),
  ];
  const calls = [await held.begun(), await held.begun(), await held.begun(), await held.begun()];
  expect((await at(two, session).cancel(1)).status).toBe(202);
  for (const answer of answers.slice(0, 2)) {
    expect([(await answer.done()).state, answer.messages]).toEqual(['ended', []]);
  }
  expect(calls.map(({ context }) => context.signal.aborted)).toEqual([true, true, false, false]);
  for (const call of calls) call.answer({});
  for (const answer of answers.slice(2)) expect((await answer.done()).messages).toHaveLength(1);
});

test('[P7] [P9] a session is known to every instance, and whose it is', async () => {
  const backplane = store();
  await using one = await serve({ backplane, principal: byUser });
  await using two = await serve({ backplane: another(backplane), principal: byUser, traced: true });
  const { headers } = await one.initialize({}, { 'x-user': 'alice' });
  const body = { jsonrpc: '2.0', method: 'notifications/initialized' };
  const id = { 'mcp-session-id': String(headers['mcp-session-id']) };
  expect((await two.send({ body, headers: { ...id, 'x-user': 'alice' } })).status).toBe(202);
  expect((await two.send({ body, headers: { ...id, 'x-user': 'bob' } })).status).toBe(403);
  expect((await two.initialize({}, { ...id, 'x-user': 'alice' })).status).toBe(400);
  expect(two.handler.notifications).toHaveLength(1);
  expect(two.transport.inspect().sessions).toMatchObject([{ protocolVersion: latest, clientName: 'contract' }]);
});

test('[S5] what a handler keeps with the session is there on every instance', async () => {
  const backplane = store();
  const handler = () =>
    testHandler({
      keep: async ({ note }, { session }) => {
        await session.set('note', note ?? null);
        return {};
      },
      kept: async (_, { session }) => ({ note: (await session.get('note')) ?? null }),
    });
  await using one = await serve({ backplane, handler: handler(), enableJsonResponse: true });
  await using two = await serve({ backplane: another(backplane), handler: handler(), enableJsonResponse: true });
  const session = await one.session();
  await session.answer('keep', { note: 'here' });
  expect((await at(two, session).answer('kept')).json.result).toEqual({ note: 'here' });
});

testInMemory('[S2] [S1] a session that one instance finds expired ends on the other', async () => {
  const { clock, backplane } = clockedStore();
  const options = { backplane, sessionIdleTimeoutMs: minute };
  await using one = await serve(options);
  await using two = await serve({ ...options, backplane: another(backplane) });
  const [session, busy] = [await one.session(), await one.session()];
  await at(two, busy).get();
  clock.now += minute;
  expect(one.transport.inspect().sessions).toHaveLength(2);
  expectMissing(await at(two, session).answer('ping'), 'expired');
  expect(one.transport.inspect().sessions).toHaveLength(1);
  // The one that the other instance holds a connection of is in use.
  expect((await busy.notify('notifications/n')).status).toBe(202);
});

test('[P11] the caps count over all instances', async () => {
  const backplane = store();
  const options = { backplane, maxSessions: 2, maxSessionsPerPrincipal: 1, principal: byUser };
  await using one = await serve(options);
  await using two = await serve({ ...options, backplane: another(backplane) });
  const alice = { 'x-user': 'alice' };
  expect((await one.initialize({}, alice)).status).toBe(200);
  const own = await two.initialize({}, alice);
  expect([own.status, own.json.error.message]).toEqual([503, expect.stringMatching(/you may have 1/)]);
  expect((await two.initialize({}, { 'x-user': 'bob' })).status).toBe(200);
  const full = await one.initialize({}, { 'x-user': 'eve' });
  expect([full.status, full.json.error.message]).toEqual([503, expect.stringMatching(/holds 2/)]);
});

test('[E5] a broadcast of one instance reaches the sessions of every instance, each once', async () => {
  const backplane = store();
  await using one = await serve({ backplane });
  await using two = await serve({ backplane: another(backplane) });
  const gets = [await (await one.session()).get(), await (await two.session()).get()];
  one.transport.broadcast('notifications/first', { n: 1 });
  // What two instances say at a time has no order.
  for (const get of gets) await get.received(1);
  two.transport.broadcast('notifications/second');
  for (const get of gets) {
    await get.received(2);
    expect(get.messages).toEqual([
      { jsonrpc: '2.0', method: 'notifications/first', params: { n: 1 } },
      { jsonrpc: '2.0', method: 'notifications/second' },
    ]);
  }
});

testInMemory('[X1] in memory an instance that closes ends its sessions on the others as well', async () => {
  const backplane = store();
  await using one = await serve({ backplane });
  await using two = await serve({ backplane: another(backplane) });
  const [session, other] = [await one.session(), await two.session()];
  const get = await at(two, session).get();
  await one.transport.close();
  expect((await get.done()).state).toBe('ended');
  expectMissing(await at(two, session).answer('ping'), 'closed');
  expect((await other.answer('ping')).status).toBe(200);
  // It hears nothing any more.
  two.transport.broadcast('notifications/n');
  expect(one.transport.inspect().sessions).toEqual([]);
});

testInOneProcess.each(['throws', 'rejects'])(
  '[X4] [B6] a message bus that %s is traced, and what it would have told happens here',
  async (how) => {
    const { messages, ...rest } = memory();
    const publish = () => {
      if (how === 'throws') throw new StoreUnreachable('unreachable');
      return Promise.reject(new StoreUnreachable('unreachable'));
    };
    const broken = { publish, subscribe: messages.subscribe.bind(messages) };
    const held = heldMethod();
    const handler = testHandler({ held: held.method });
    await using server = await serve({ backplane: { messages: broken, ...rest }, handler, traced: true });
    const session = await server.session();
    const [get, answer] = [await session.get(), await session.call('held', {}, 1)];
    server.transport.broadcast('notifications/n');
    await get.received(1);
    expect((await session.cancel(1)).status).toBe(202);
    await answer.done();
    // A response to a question of an instance that cannot be told is kept for it, and it will look.
    const response = { jsonrpc: '2.0', id: '0123456789abcdef.1', result: {} };
    expect((await session.send({ body: response })).status).toBe(202);
    expect(JSON.parse(String(await rest.sessions.readAnswer(session.id, response.id)))).toEqual(response);
    expect((await session.delete()).status).toBe(200);
    const faults = () => server.traces.filter(({ event }) => event.type === 'handler-failed').map(({ event }) => event);
    await until('four faults to be traced', () => faults().length === 4);
    for (const fault of faults()) expect(fault).toMatchObject({ error: expect.stringContaining('unreachable') });
    const methods = faults().map((fault) => (fault as { method: string }).method);
    expect(new Set(methods)).toEqual(new Set(['message bus']));
  },
);

testInOneProcess('[C1] [B6] a response that the store cannot keep is refused: its client tries again', async () => {
  const backplane = memory();
  backplane.sessions.keepAnswer = () => {
    throw new StoreUnreachable('unreachable');
  };
  await using server = await serve({ backplane });
  const session = await server.session();
  const refused = await session.send({ body: { jsonrpc: '2.0', id: '0123456789abcdef.1', result: {} } });
  expect([refused.status, Number(refused.headers['retry-after']) > 0]).toEqual([503, true]);
});

testInOneProcess('[C1] only an answer to the question of another instance goes through the store', async () => {
  const backplane = memory();
  const kept: string[] = [];
  const keepAnswer = backplane.sessions.keepAnswer.bind(backplane.sessions);
  backplane.sessions.keepAnswer = (id, question, json) => {
    kept.push(question);
    return keepAnswer(id, question, json);
  };
  const ask: Method = async (_, context) => ({ answered: await context.request('roots/list') });
  await using server = await serve({ backplane, handler: testHandler({ ask }) });
  const session = await server.session(latest, { capabilities: { roots: {} } });
  const call = await (await session.call('ask')).received(1);
  const question = call.messages[0].id;
  for (const id of ['nobody asked', 7, 'x0123456789abcdef.1', '0123456789abcdef.1x', question]) {
    expect((await session.send({ body: { jsonrpc: '2.0', id, result: { roots: [] } } })).status).toBe(202);
  }
  expect((await call.done()).messages.at(-1).result).toEqual({ answered: { roots: [] } });
  expect(kept).toEqual([]);
  const elsewhere = ['0123456789abcdef.1', '0123456789abcdef.12'];
  for (const id of elsewhere) await session.send({ body: { jsonrpc: '2.0', id, result: {} } });
  expect(kept).toEqual(elsewhere);
});

test('[B1] in memory a message reaches every subscriber of its topic once, until it leaves', () => {
  const { messages } = memory();
  const heard: string[] = [];
  const subscribe = (topic: string, name: string) =>
    messages.subscribe(
      topic,
      ({ n }) => void heard.push(`${name}${n}`),
      () => {},
    );
  const leave = [subscribe('t', 'a'), subscribe('t', 'b'), subscribe('other', 'c')];
  messages.publish('t', { n: 1 });
  leave[0]?.();
  leave[0]?.();
  messages.publish('t', { n: 2 });
  leave[1]?.();
  messages.publish('t', { n: 3 });
  subscribe('t', 'd');
  messages.publish('t', { n: 4 });
  messages.publish('nobody listens', { n: 5 });
  expect(heard).toEqual(['a1', 'b1', 'b2', 'd4']);
});

testInOneProcess(
  '[E6] [R1] two instances never name two streams of one session alike: each client gets its own answer',
  async () => {
    const backplane = store();
    const held = heldMethod();
    const handler = testHandler({ held: held.method });
    await using one = await serve({ handler, backplane });
    await using two = await serve({ handler, backplane: another(backplane) });
    const session = await one.session();
    const first = await session.call('held', {}, 'first');
    const firstCall = await held.begun();
    const second = await at(two, session).call('held', {}, 'second');
    (await held.begun()).answer({ of: 'second' });
    firstCall.answer({ of: 'first' });
    const answers = [await first.done(), await second.done()];
    expect(answers.map(({ messages }) => messages)).toEqual([
      [{ jsonrpc: '2.0', id: 'first', result: { of: 'first' } }],
      [{ jsonrpc: '2.0', id: 'second', result: { of: 'second' } }],
    ]);
    const streams = answers.map(({ eventIds }) => eventIds[0]?.split('.')[0]);
    expect(streams[0]).toBe('1');
    expect(Number(streams[1])).toBeGreaterThan(10_000);
    // Either of the two can be resumed where the log is, which is everywhere.
    const resumed = await (await at(two, session).get('1.0')).done();
    expect(resumed.messages).toEqual([{ jsonrpc: '2.0', id: 'first', result: { of: 'first' } }]);
  },
);
