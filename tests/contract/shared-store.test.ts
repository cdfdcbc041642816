/** What the SQLite store promises beyond the contract, which runs on it as a whole: see vitest.config.ts. */
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { sqlite } from '../../playground-server/transport/backplane/sqlite.ts';
import { StoreUnreachable, type Trace } from '../../playground-server/transport/index.ts';
import { until } from '../setup/until.ts';
import { ClientSession, latest } from './support/client.ts';
import { heldMethod, testHandler } from './support/handler.ts';
import { rows } from './support/rows.ts';
import { serve } from './support/serve.ts';
import { another, newSqlite, pathOf } from './support/store.ts';

test('[B2] [S3] rows return to none after all sessions ended, and all instances closed', async () => {
  const backplane = newSqlite();
  const path = pathOf(backplane);
  {
    await using one = await serve({ backplane });
    await using two = await serve({ backplane: another(backplane) });
    const sessions = await Promise.all([one, two, one, two].map((server) => server.session()));
    for (const [n, session] of sessions.entries()) {
      const elsewhere = new ClientSession(n % 2 ? one : two, session.id, latest);
      await elsewhere.get();
      await elsewhere.answer('echo', { n });
      await session.answer('ping');
    }
    one.transport.broadcast('notifications/n');
    expect(rows(path)).toMatchObject({ sessions: 4, streams: 12, broadcasts: 4, claims: 2 });
    for (const session of sessions) expect((await session.delete()).status).toBe(200);
    await until('the rows to be gone', () => rows(path).streams === 0);
  }
  expect(rows(path)).toEqual({ sessions: 0, runs: 0, answers: 0, streams: 0, events: 0, broadcasts: 0, claims: 0 });
});

test('[B5] an instance runs nothing before the store knows that it lives', async () => {
  const backplane = newSqlite();
  const acquire = backplane.claims.acquire.bind(backplane.claims);
  let isAway = true;
  backplane.claims.acquire = (...given) => {
    if (isAway) throw new StoreUnreachable('locked');
    return acquire(...given);
  };
  await using server = await serve({ backplane });
  const session = await server.session();
  expect((await session.answer('ping')).status).toBe(503);
  expect(rows(pathOf(backplane))).toMatchObject({ claims: 0, runs: 0, streams: 0 });
  isAway = false;
  expect((await session.answer('ping')).status).toBe(200);
  expect(rows(pathOf(backplane))).toMatchObject({ claims: 1 });
});

test('[B8] [E3] a connection elsewhere takes the stream over, and says so where it was', async () => {
  const backplane = newSqlite();
  await using one = await serve({ backplane, traced: true });
  await using two = await serve({ backplane: another(backplane) });
  const session = await one.session();
  const first = await session.get();
  const second = await new ClientSession(two, session.id, latest).get();
  expect((await first.done()).state).toBe('ended');
  expect(one.traces.filter(({ event }) => event.type === 'stream-replaced')).toMatchObject([
    { place: { stream: '0' } },
  ]);
  one.transport.broadcast('notifications/n', { to: 'whoever reads' });
  expect((await second.received(1)).messages).toMatchObject([{ params: { to: 'whoever reads' } }]);
  // And back: the one that has the higher number stays.
  const third = await session.get();
  expect((await second.done()).state).toBe('ended');
  one.transport.broadcast('notifications/n', { to: 'the third' });
  expect((await third.received(1)).messages).toMatchObject([{ params: { to: 'the third' } }]);
});

test("[P13] [P17] [B5] what a dead instance was running stands in nobody's way", async () => {
  const backplane = newSqlite();
  await using one = await serve({ backplane, maxInFlight: 1, duplicateRequestIds: 'reject' });
  const session = await one.session();
  const limits = { maxInFlight: 1, uniqueIds: true };
  const begin = (instance: string) =>
    backplane.sessions.begin(session.id, [{ request: 'same', instance, number: 1 }], limits);
  const statusOf = async (id: string) => (await session.answer('ping', {}, id)).status;
  begin('dead');
  // A new instance judges nobody in its first half second.
  await until('the dead one to be found dead', async () => (await statusOf('same')) === 200);
  begin('dead');
  expect(await statusOf('other')).toBe(200);

  backplane.claims.acquire('instance:alive', 60_000);
  begin('alive');
  expect([await statusOf('same'), await statusOf('other')]).toEqual([409, 429]);
});

test('[P13] [P17] an instance stands in its own way; and of several, whoever is dead makes room', async () => {
  const backplane = newSqlite();
  const held = heldMethod();
  const options = { maxInFlight: 3, duplicateRequestIds: 'reject' } as const;
  await using one = await serve({ backplane, handler: testHandler({ held: held.method }), ...options });
  const session = await one.session();
  const statusOf = async (id: string) => (await session.answer('ping', {}, id)).status;
  const call = await session.call('held', {}, 'mine');
  await held.begun();
  expect([await statusOf('mine'), await statusOf('other')]).toEqual([409, 200]);
  backplane.claims.acquire('instance:alive', 60_000);
  const begin = (instance: string) =>
    backplane.sessions.begin(session.id, [{ request: instance, instance, number: 1 }], {
      maxInFlight: 9,
      uniqueIds: true,
    });
  for (const instance of ['dead', 'alive']) begin(instance);
  await until('room', async () => (await statusOf('other')) === 200);
  begin('dead');
  expect(await statusOf('other')).toBe(200);
  call.destroy();
});

test('[B5] what a dead instance left unanswered is answered with an error', async () => {
  const backplane = newSqlite();
  await using one = await serve({ backplane });
  const session = await one.session();
  const bounds = { maxEvents: 10, maxBytes: 10_000, maxSessionBytes: 10_000, maxAgeMs: 600_000 };
  const log = await backplane.logs.open(session.id, '77', bounds, { request: 'lost', instance: 'dead' });
  await log.append({ json: '{"jsonrpc":"2.0","method":"notifications/n"}', last: false });
  const stream = await (await session.get('77.0')).done();
  expect(stream.messages).toMatchObject([{ method: 'notifications/n' }, { id: 'lost', error: { code: -32603 } }]);
});

test('[B8] news of an older connection closes no newer one', async () => {
  const backplane = newSqlite();
  await using one = await serve({ backplane, traced: true });
  const session = await one.session();
  await session.get();
  const reader = await session.get();
  const told = (takeover: number) =>
    backplane.messages.publish('all', {
      from: 'another',
      message: { kind: 'attached', session: session.id, stream: '0', takeover },
    });
  await told(1);
  await told(2);
  one.transport.broadcast('notifications/n');
  expect((await reader.received(1)).state).toBe('arriving');
  await told(3);
  expect((await reader.done()).state).toBe('ended');
  // Nobody reads here any more, and that is no fault.
  await told(4);
  await session.answer('ping');
  expect(one.traces.filter(({ event }) => event.type === 'handler-failed')).toEqual([]);
});

test('[B2] what is read of a stream whose session ended is its end', async () => {
  const { sessions, logs } = newSqlite();
  const bounds = { maxEvents: 10, maxBytes: 1_000, maxSessionBytes: 10_000, maxAgeMs: 60_000 };
  const log = logs.open('s', '0', bounds);
  await log.append({ json: '{}', last: false });
  await sessions.end('s', 'deleted');
  logs.drop('s');
  expect(log.readAfter(5, 10)).toEqual({ events: [], ended: true, trimmed: false, lastNumber: 5 });
});

test('[B2] a claim that ran out is gone with the next one that is renewed', () => {
  const clock = { now: 1_000_000 };
  const backplane = newSqlite({ now: () => clock.now });
  const fence = backplane.claims.acquire('mine', 5_000) as number;
  backplane.claims.acquire('of one that died', 1_000);
  clock.now += 1_000;
  expect(backplane.claims.renew('mine', fence, 5_000)).toBe(true);
  expect(rows(pathOf(backplane)).claims).toBe(1);
});

test('[B2] [S2] what expired while no process ran is cleared by the next one, logs and all', async () => {
  const clock = { now: 1_000_000 };
  const backplane = newSqlite({ now: () => clock.now });
  const options = { sessionIdleTimeoutMs: 60 };
  const one = await serve({ ...options, backplane });
  const session = await one.session();
  await session.answer('ping');
  await one[Symbol.asyncDispose]();
  expect(rows(pathOf(backplane))).toMatchObject({ sessions: 1, streams: 1 });
  clock.now += 60;
  await using two = await serve({ ...options, backplane: another(backplane) });
  // Sweeping begins with the first session that an instance knows.
  await two.session();
  await until('the rows to be gone', () => rows(pathOf(backplane)).streams === 0);
  expect(rows(pathOf(backplane))).toMatchObject({ sessions: 1, events: 0 });
});

test('[B7] [S1] a session whose stream another instance holds open does not expire, and expires when it is let go', async () => {
  const backplane = newSqlite();
  const options = { sessionIdleTimeoutMs: 300 };
  await using one = await serve({ ...options, backplane });
  await using two = await serve({ ...options, backplane: another(backplane) });
  const [session, idle] = [await one.session(), await one.session()];
  const get = await new ClientSession(two, session.id, latest).get();
  const admit = (id: string) => backplane.sessions.admit(id, { principal: null, origin: null });
  await until('the idle one to expire', () => rows(pathOf(backplane)).sessions === 1);
  // Whichever instance found it so tells the other.
  await until('both to know', () => one.transport.inspect().sessions.length === 1);
  expect(admit(idle.id)).toMatchObject({ kind: 'missing' });
  // Several idle times long nobody uses it but the one connection.
  for (const until = Date.now() + 1_000; Date.now() < until; ) {
    expect(one.transport.inspect().sessions).toHaveLength(1);
    await sleep(50);
  }
  get.destroy();
  await until('it to expire', () => rows(pathOf(backplane)).sessions === 0);
});

test('[B6] a store that is locked: 503 with Retry-After, modern calls go on, and then all is as before', async () => {
  const backplane = newSqlite();
  const held = heldMethod();
  await using server = await serve({ backplane, handler: testHandler({ held: held.method }) });
  const session = await server.session();
  const call = await session.call('held', {}, 'held');
  const { context, answer } = await held.begun();
  const other = new DatabaseSync(pathOf(backplane));
  other.exec('BEGIN IMMEDIATE');
  const refused = await session.answer('ping');
  expect([refused.status, refused.headers['retry-after']]).toEqual([503, '1']);
  expect(refused.json.error.message).toContain('out of reach');
  const meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientCapabilities': {},
  };
  const modern = await server.send({
    body: { jsonrpc: '2.0', id: 1, method: 'echo', params: { _meta: meta } },
    headers: { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'echo' },
  });
  expect(modern.status).toBe(200);
  // What a handler says meanwhile is kept back, in its order: nothing is written that is not logged.
  for (let n = 1; n <= 3; n++) context.notify('notifications/progress', { n });
  answer({ done: true });
  expect([call.state, call.messages]).toEqual(['arriving', []]);
  other.exec('ROLLBACK');
  other.close();
  const said = (await call.done()).messages.map(({ params, result }) => params?.n ?? result);
  expect(said).toEqual([1, 2, 3, { done: true }]);
  expect((await session.answer('ping')).messages).toHaveLength(1);
});

test('[B6] [S2] a store that is locked during a sweep ends no process', async () => {
  const backplane = newSqlite();
  const seen: string[] = [];
  const trace: Trace = (event) => void seen.push(event.type === 'handler-failed' ? event.method : event.type);
  await using server = await serve({ backplane, sessionIdleTimeoutMs: 200, trace });
  const session = await server.session();
  const other = new DatabaseSync(pathOf(backplane));
  other.exec('BEGIN IMMEDIATE');
  await until('it to be looked for', () => seen.includes('sweep'));
  other.exec('ROLLBACK');
  other.close();
  await until('the session to be found expired', () => seen.includes('session-ended'));
  expect((await session.answer('ping')).status).toBe(404);
});

test('[X1] an instance that closed serves its sessions no more: 503, and another one goes on with them', async () => {
  const backplane = newSqlite();
  await using one = await serve({ backplane });
  await using two = await serve({ backplane: another(backplane) });
  const session = await one.session();
  await one.transport.close({ graceMs: 0 });
  const refused = await session.answer('ping');
  expect([refused.status, refused.headers['retry-after']]).toEqual([503, '1']);
  expect(one.transport.inspect().sessions).toEqual([]);
  expect((await new ClientSession(two, session.id, latest).answer('ping')).messages).toHaveLength(1);
});

test('[B2] a file that cannot be opened is said to be so', () => {
  expect(() => sqlite({ path: '/nowhere/store.db' })).toThrow(StoreUnreachable);
});

test('[B2] a message reaches every connection of its topic once, in order, and none twice in its own process', async () => {
  const backplane = newSqlite();
  const views = [backplane, another(backplane), another(backplane)];
  const heard: number[][] = views.map(() => []);
  const leave = views.map(({ messages }, index) =>
    messages.subscribe(
      't',
      ({ n }) => void heard[index]?.push(Number(n)),
      () => {},
    ),
  );
  for (let n = 0; n < 50; n++) views[0]?.messages.publish(n % 5 === 4 ? 'other' : 't', { n });
  const expected = Array.from({ length: 50 }, (_, n) => n).filter((n) => n % 5 !== 4);
  await until('all of them', () => heard.every(({ length }) => length >= expected.length));
  expect(heard).toEqual([expected, expected, expected]);
  for (const end of leave) end();
});

test('[L4] [B8] a process that missed messages is told so', async () => {
  const clock = { now: 1_000_000 };
  const backplane = newSqlite({ now: () => clock.now });
  const path = pathOf(backplane);
  const other = another(backplane);
  let interrupted = 0;
  const leave = other.messages.subscribe(
    't',
    () => {},
    () => void interrupted++,
  );
  // As if it had slept through more than a minute of them: they are removed in one turn, before it can read.
  backplane.messages.publish('t', { n: 1 });
  clock.now += 61_000;
  for (let n = 0; n < 101; n++) backplane.messages.publish('t', { n });
  expect(rows(path).sessions).toBe(0);
  await until('the interruption', () => interrupted === 1);
  leave();
});
