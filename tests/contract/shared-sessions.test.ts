/** A session that two instances know: what each of them tells the other of it, while nobody looks by himself. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Backplane, StoreUnreachable } from '../../playground-server/transport/index.ts';
import { maskSessionId } from '../../playground-server/transport/trace.ts';
import { until } from '../setup/until.ts';
import { type Client, ClientSession, latest } from './support/client.ts';
import { expectMissing } from './support/expect.ts';
import { heldMethod, type Method, testHandler } from './support/handler.ts';
import { hearing } from './support/hearing.ts';
import { rows } from './support/rows.ts';
import { type Served, serve } from './support/serve.ts';
import { slowMemory } from './support/slow-memory.ts';
import { another, newSqlite, pathOf } from './support/store.ts';

const minute = 60_000;
const at = (client: Client, session: ClientSession) => new ClientSession(client, session.id, latest);
const told = (method: string, params?: object) => ({ jsonrpc: '2.0', method, ...(params ? { params } : {}) });
const updated = 'notifications/resources/updated';

/** What was traced of these types. */
const traced = ({ traces }: Served, ...types: string[]) => traces.filter(({ event }) => types.includes(event.type));
const ended = (server: Served) => traced(server, 'session-ended').map(({ event }) => event);

const done = async (work: unknown) => {
  await work;
  return {};
};
const methods: Record<string, Method> = {
  subscribe: ({ uri }, { session }) => done(session.subscribe(String(uri))),
  unsubscribe: ({ uri }, { session }) => done(session.unsubscribe(String(uri))),
  level: ({ level }, { session }) => done(session.setLogLevel(level as 'error')),
  keep: async ({ key, value }, { session }) => {
    await session.set(String(key), value ?? null);
    return { kept: (await session.get(String(key))) ?? null };
  },
  /** And does not wait for the store. */
  begin: ({ key, value }, { session }) => {
    session.set(String(key), value ?? null);
    return {};
  },
  kept: async (_, { session }) => {
    const entries = (await session.keys()).map(async (key) => [key, (await session.get(key)) ?? null]);
    return Object.fromEntries(await Promise.all(entries));
  },
};
const kept = async (session: ClientSession) => (await session.answer('kept')).messages[0]?.result;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
});
afterEach(() => {
  vi.useRealTimers();
});

test('[S5] [E5] what a client takes back at one instance, the others tell it no more', async () => {
  const backplane = newSqlite();
  const handler = testHandler(methods);
  await using one = await serve({ handler, backplane });
  await using two = await serve({ handler, backplane: another(backplane) });
  const session = await one.session();
  const there = at(two, session);
  await session.answer('subscribe', { uri: 'lab://a' });
  const get = await there.get();
  two.transport.broadcast(updated, { uri: 'lab://a' });
  await get.received(1);
  await session.answer('unsubscribe', { uri: 'lab://a' });
  await session.answer('level', { level: 'error' });
  // Messages come in their order: who has this one has those before it.
  one.transport.broadcast('notifications/marker');
  await get.received(2);
  two.transport.broadcast(updated, { uri: 'lab://a' });
  for (const level of ['info', 'error']) two.transport.broadcast('notifications/message', { level });
  two.transport.broadcast('notifications/end');
  await get.until('the end', ({ messages }) => messages.at(-1)?.method === 'notifications/end');
  expect(get.messages).toEqual([
    told(updated, { uri: 'lab://a' }),
    told('notifications/marker'),
    told('notifications/message', { level: 'error' }),
    told('notifications/end'),
  ]);
});

test('[S5] what a handler keeps with the session is there for it at once, and on the other instance', async () => {
  const backplane = newSqlite();
  const handler = testHandler(methods);
  await using one = await serve({ handler, backplane });
  await using two = await serve({ handler, backplane: another(backplane) });
  const session = await one.session();
  for (const value of ['first', 'second']) {
    const answer = await session.answer('keep', { key: 'note', value });
    expect(answer.messages[0]?.result).toEqual({ kept: value });
    expect(await kept(at(two, session))).toEqual({ note: value });
  }
});

test('[S5] what the store was not yet told the other requests here know, and nobody keeps it longer than that', async () => {
  const backplane: Backplane = { ...slowMemory(), shared: true };
  const { sessions } = backplane;
  const { update } = sessions;
  const gates: (() => void)[] = [];
  sessions.update = async (...given) => {
    await new Promise<void>((goOn) => gates.push(goOn));
    return update(...given);
  };
  const handler = testHandler(methods);
  await using one = await serve({ handler, backplane });
  await using two = await serve({ handler, backplane });
  const session = await one.session();
  const there = at(two, session);
  for (const key of ['a', 'b']) await session.answer('begin', { key, value: 1 });
  expect([await kept(session), await kept(there)]).toEqual([{ a: 1, b: 1 }, {}]);
  gates[0]?.();
  await until('the store to have the first', async () => 'a' in (await kept(there)));
  expect([await kept(session), await kept(there)]).toEqual([{ a: 1, b: 1 }, { a: 1 }]);
  gates[1]?.();
  await until('the store to have the second', async () => 'b' in (await kept(there)));
  await there.answer('begin', { key: 'a', value: 2 });
  gates[2]?.();
  await until('the other one to know', async () => (await kept(session)).a === 2);
});

test('[X2] [P15] [S3] [E4] what is done to a session elsewhere is traced where it runs', async () => {
  const backplane = newSqlite();
  const held = heldMethod();
  await using one = await serve({ handler: testHandler({ held: held.method }), backplane, traced: true });
  await using two = await serve({ backplane: another(backplane), traced: true });
  const session = await one.session();
  const there = at(two, session);
  const [cancelled, call] = [await session.call('held', {}, 'c'), await session.call('held', {}, 'h')];
  const { context } = await held.begun();
  await there.cancel('c');
  await cancelled.done();
  // One that the first instance does not know: what it hears of it is no fault.
  await (await two.session()).delete();
  expect(await two.transport.endSession(session.id)).toBe(true);
  expect([(await call.done()).state, call.messages]).toEqual(['ended', []]);
  context.session.notify('notifications/late');
  const place = { session: maskSessionId(session.id) };
  expect(traced(one, 'request-cancelled', 'session-ended', 'message-dropped', 'handler-failed')).toEqual([
    { event: { type: 'request-cancelled', id: 'c' }, place },
    { event: { type: 'session-ended', reason: 'expired' }, place },
    { event: { type: 'message-dropped', method: 'notifications/late', why: 'session-ended' }, place },
  ]);
  expect(ended(two)).toEqual([
    { type: 'session-ended', reason: 'deleted' },
    { type: 'session-ended', reason: 'expired' },
  ]);
  expect(traced(two, 'handler-failed')).toEqual([]);
});

test('[S2] a session that one instance finds expired ends on the other, with that reason', async () => {
  const clock = { now: 1_000_000 };
  const backplane = newSqlite({ now: () => clock.now });
  const options = { sessionIdleTimeoutMs: minute, traced: true } as const;
  await using one = await serve({ ...options, backplane });
  await using two = await serve({ ...options, backplane: another(backplane) });
  const session = await one.session();
  clock.now += minute;
  expectMissing(await at(two, session).answer('ping'), 'expired');
  await until('the first to know', () => one.transport.inspect().sessions.length === 0);
  expect(ended(one)).toEqual([{ type: 'session-ended', reason: 'expired' }]);
});

test('[P11] [S3] who makes room at the cap has gone from every instance', async () => {
  const clock = { now: 1_000_000 };
  const backplane = newSqlite({ now: () => clock.now });
  const options = { maxSessions: 2, traced: true } as const;
  await using one = await serve({ ...options, backplane });
  await using two = await serve({ ...options, backplane: another(backplane) });
  for (const server of [one, two]) await server.initialize();
  clock.now += minute;
  await two.session();
  expect((await two.initialize()).status).toBe(200);
  await until('the first to know', () => one.transport.inspect().sessions.length === 0);
  expect(two.transport.inspect().sessions).toHaveLength(2);
  for (const server of [one, two]) expect(ended(server)).toEqual([{ type: 'session-ended', reason: 'evicted' }]);
});

test('[S4] [P7] who has not heard yet that a session was deleted gives no other reason for it', async () => {
  const backplane = newSqlite();
  const ears = hearing(backplane);
  await using one = await serve({ backplane: ears.backplane, traced: true });
  await using two = await serve({ backplane: another(backplane) });
  const session = await one.session();
  ears.deafen();
  await at(two, session).delete();
  expectMissing(await session.answer('ping'), 'deleted');
  expect(await one.transport.endSession(session.id)).toBe(false);
  await until('it to be told', () => ears.waits());
  ears.hear();
  expect(ended(one)).toEqual([{ type: 'session-ended', reason: 'deleted' }]);
});

test('[S3] [B8] who ended a session died before it told anyone: it ends here when its client asks next', async () => {
  const backplane = newSqlite();
  const held = heldMethod();
  await using server = await serve({ backplane, handler: testHandler({ held: held.method }) });
  const session = await server.session();
  const get = await session.get();
  await session.call('held');
  const { context } = await held.begun();
  another(backplane).sessions.end(session.id, 'deleted');
  expectMissing(await session.answer('ping'), 'deleted');
  await get.done();
  expect(context.signal.aborted).toBe(true);
});

test('[S3] [B6] [B8] who missed that a session was deleted ends it as soon as it is told that messages are missing', async () => {
  const backplane = newSqlite();
  const ears = hearing(backplane);
  const held = heldMethod();
  await using one = await serve({ backplane: ears.backplane, handler: testHandler({ held: held.method }) });
  await using two = await serve({ backplane: another(backplane) });
  const session = await one.session();
  const call = await session.call('held');
  const { context } = await held.begun();
  call.destroy();
  ears.deafen();
  await at(two, session).delete();
  await until('it to be told', () => ears.waits());
  ears.lose();
  await until('the handler to be told', () => context.signal.aborted);
  expect(one.transport.inspect().sessions).toEqual([]);
});

test('[X1] [S1] [S2] an instance that ends holds its sessions no more: they live on from then, and expire in time', async () => {
  const clock = { now: 1_000_000 };
  const backplane = newSqlite({ now: () => clock.now });
  const options = { sessionIdleTimeoutMs: minute, backplane };
  await using one = await serve(options);
  const session = await one.session();
  const get = await session.get();
  clock.now += 19_000;
  await one.transport.close({ graceMs: 0 });
  await get.done();
  // On the same connection to the store, that must not hold it for the one before.
  await using two = await serve(options);
  clock.now += 45_000;
  expect((await at(two, session).answer('ping')).status).toBe(200);
  clock.now += minute + 1;
  expectMissing(await at(two, session).answer('ping'), 'expired');
});

test('[S3] a session that no instance has in use leaves nothing when it ends', async () => {
  const backplane = newSqlite();
  await using one = await serve({ backplane });
  await using two = await serve({ backplane: another(backplane) });
  const session = await one.session();
  await session.answer('ping');
  await one.transport.close({ graceMs: 0 });
  expect(rows(pathOf(backplane))).toMatchObject({ sessions: 1, streams: 1 });
  expect(await two.transport.endSession(session.id)).toBe(true);
  expect(rows(pathOf(backplane))).toMatchObject({ sessions: 0, streams: 0 });
});

test('[B5] [B8] [E5] broadcasts made while no instance knows a session are there where it comes next', async () => {
  const backplane = newSqlite();
  const handler = testHandler(methods);
  await using one = await serve({ handler, backplane });
  await using two = await serve({ handler, backplane: another(backplane) });
  const session = await one.session();
  await session.answer('subscribe', { uri: 'lab://a' });
  await one.transport.close({ graceMs: 0 });
  two.transport.broadcast('notifications/n', { n: 1 });
  for (const uri of ['lab://a', 'lab://b']) two.transport.broadcast(updated, { uri });
  two.transport.broadcast('notifications/tools/list_changed');
  const get = await (await at(two, session).get()).received(3);
  two.transport.broadcast('notifications/end');
  expect((await get.received(4)).messages).toEqual([
    told('notifications/n', { n: 1 }),
    told(updated, { uri: 'lab://a' }),
    told('notifications/tools/list_changed'),
    told('notifications/end'),
  ]);
});

test('[X1] [C5] an instance that ends closes its connections, and its handlers neither tell nor ask any more', async () => {
  const backplane = newSqlite();
  const held = heldMethod();
  await using one = await serve({ handler: testHandler({ held: held.method }), backplane, traced: true });
  await using two = await serve({ backplane: another(backplane) });
  const session = await one.session();
  const get = await session.get();
  await session.call('held');
  const { context } = await held.begun();
  await one.transport.close({ graceMs: 0 });
  expect([(await get.done()).state, get.messages]).toEqual(['ended', []]);
  await expect(context.session.request('ping')).rejects.toMatchObject({ reason: 'session-ended' });
  context.session.notify('notifications/late');
  expect(traced(one, 'message-dropped')).toMatchObject([{ event: { method: 'notifications/late' } }]);
  // The session is as it was.
  const back = await at(two, session).get();
  two.transport.broadcast('notifications/n');
  expect((await back.received(1)).messages).toEqual([told('notifications/n')]);
});

test('[B5] [P6] what a dead instance did not answer of a batch is answered with an error, and it comes too late', async () => {
  const clock = { now: 1_000_000 };
  const backplane = newSqlite({ now: () => clock.now });
  const held = heldMethod();
  await using one = await serve({ backplane, handler: testHandler({ held: held.method }) });
  await using two = await serve({ backplane: another(backplane) });
  const session = await one.session('2025-03-26');
  const body = ['ping', 'held', 'held'].map((method, id) => ({ jsonrpc: '2.0', id, method }));
  const batch = await (await session.open({ body })).received(1);
  const { answer } = await held.begun();
  batch.destroy();
  const read = () => new ClientSession(two, session.id, '2025-03-26').get(batch.eventIds[0]);
  const reading = await read();
  backplane.claims.renew = () => {
    throw new StoreUnreachable('gone');
  };
  clock.now += 10_000;
  await until('it to be cleared up', () => {
    vi.advanceTimersByTime(1_000);
    return reading.state === 'ended';
  });
  answer({ late: true });
  const error = { code: -32603, message: expect.any(String) };
  for (const { messages } of [reading, await (await read()).done()]) {
    expect(messages).toEqual([1, 2].map((id) => ({ jsonrpc: '2.0', id, error })));
  }
});

// SQLite gives the number of a row that is gone to the next one.
test('[P7] [S4] [B8] what a handler says in a session that ended elsewhere comes to no other session', async () => {
  const backplane = newSqlite();
  const [theirs, mine] = [heldMethod(), heldMethod()];
  const ears = hearing(backplane);
  await using one = await serve({ backplane: ears.backplane, handler: testHandler({ held: theirs.method }) });
  await using two = await serve({ backplane: another(backplane), handler: testHandler({ held: mine.method }) });
  const other = await two.session();
  two.transport.broadcast('notifications/n');
  const session = await one.session();
  await session.call('held', {}, 'theirs');
  const { context, answer } = await theirs.begun();
  context.notify('notifications/progress', { secret: 1 });
  // Its turn takes long: it has yet to hear that the session ended.
  ears.deafen();
  expect((await at(two, session).delete()).status).toBe(200);
  const call = await other.call('held', {}, 'mine');
  const running = await mine.begun();
  context.notify('notifications/progress', { secret: 2 });
  answer({ secret: 3 });
  await until('it to be over', () => one.transport.inspect().inFlight.length === 0);
  running.context.notify('notifications/progress', { step: 1 });
  running.answer({ done: true });
  await call.done();
  expect(call.messages.map(({ params, result }) => params ?? result)).toEqual([{ step: 1 }, { done: true }]);
});
