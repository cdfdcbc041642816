/** What instances that share a store count of the requests that run, and what a store that fails leaves of them. */
import { expect, test } from 'vitest';
import { StoreUnreachable, type StreamLog } from '../../playground-server/transport/index.ts';
import { until } from '../setup/until.ts';
import { ClientSession } from './support/client.ts';
import { heldMethod, testHandler } from './support/handler.ts';
import { otherLogs } from './support/other-logs.ts';
import { rows } from './support/rows.ts';
import { serve } from './support/serve.ts';
import { another, newSqlite, pathOf } from './support/store.ts';

const withBatches = '2025-03-26';
const batchOf = (...ids: string[]) => ids.map((id) => ({ jsonrpc: '2.0', id, method: 'held' }));

test('[P6] [P17] [B7] each request of a batch counts on every instance, until it is answered or cancelled', async () => {
  const backplane = newSqlite();
  const held = heldMethod();
  const handler = testHandler({ held: held.method });
  await using one = await serve({ backplane, handler, maxInFlight: 3 });
  await using two = await serve({ backplane: another(backplane), maxInFlight: 3 });
  const session = await one.session(withBatches);
  const elsewhere = new ClientSession(two, session.id, withBatches);
  const batch = await session.open({ body: batchOf('a', 'b', 'c') });
  const calls = [await held.begun(), await held.begun(), await held.begun()];
  const counted = () => rows(pathOf(backplane)).runs;
  expect([counted(), (await elsewhere.answer('ping')).status]).toEqual([3, 429]);
  calls[1]?.answer({});
  await until('room for one', () => counted() === 2);
  expect((await elsewhere.answer('ping')).status).toBe(200);
  await elsewhere.cancel('c');
  await until('room for two', () => counted() === 1);
  calls[0]?.answer({});
  expect((await batch.done()).messages.map(({ id }) => id)).toEqual(['b', 'a']);
  await until('none to be counted', () => counted() === 0);
});

test('[P6] [P17] [B6] a batch whose stream the store refuses counts nowhere: the next one has all the room', async () => {
  const instead: Partial<StreamLog> = {
    takeOver: () => {
      throw new StoreUnreachable('away');
    },
  };
  const isAway = { now: true };
  const backplane = otherLogs(newSqlite(), () => (isAway.now ? instead : {}));
  const held = heldMethod();
  await using server = await serve({ backplane, handler: testHandler({ held: held.method }), maxInFlight: 2 });
  const session = await server.session(withBatches);
  const body = batchOf('a', 'b');
  expect((await session.send({ body })).status).toBe(503);
  expect(held.calls).toEqual([]);
  isAway.now = false;
  const batch = await session.open({ body });
  for (const _ of body) (await held.begun()).answer({});
  expect((await batch.done()).messages).toHaveLength(2);
});

test('[S3] [B7] nothing is counted of a session that has ended, whoever still runs something in it', async () => {
  const backplane = newSqlite();
  const { sessions } = backplane;
  await using server = await serve({ backplane });
  const [session, other] = [await server.session(), await server.session()];
  for (const { id } of [session, other]) {
    await sessions.begin(id, [{ request: 1, instance: 'dead', number: 1 }], { maxInFlight: 2, uniqueIds: true });
  }
  expect(rows(pathOf(backplane)).runs).toBe(2);
  await session.delete();
  expect(rows(pathOf(backplane)).runs).toBe(1);
});

test('[P17] [B7] a request that an instance has no stream for does not run, and counts nowhere', async () => {
  const backplane = newSqlite();
  await using one = await serve({ backplane, maxStreams: 1, maxInFlight: 1 });
  await using two = await serve({ backplane: another(backplane), maxInFlight: 1 });
  const session = await one.session();
  await session.get();
  expect((await session.answer('ping')).status).toBe(503);
  expect(one.handler.requests).toEqual([]);
  expect((await new ClientSession(two, session.id, '2025-11-25').answer('ping')).status).toBe(200);
});

test('[P14] stateless: a store that instances share is not asked, and what is served is not counted there', async () => {
  const backplane = newSqlite();
  await using server = await serve({ backplane, stateless: true });
  for (const body of [{ jsonrpc: '2.0', id: 1, method: 'ping' }, [{ jsonrpc: '2.0', id: 1, method: 'ping' }]]) {
    expect((await server.send({ body })).messages).toEqual([{ jsonrpc: '2.0', id: 1, result: {} }]);
  }
  expect(rows(pathOf(backplane))).toMatchObject({ sessions: 0, runs: 0, streams: 0 });
});

test('[R1] [R4] what was delivered and has left the log has nothing left, on any instance: 405, and it says of what', async () => {
  const clock = { now: 1_000_000 };
  const backplane = newSqlite({ now: () => clock.now });
  await using one = await serve({ backplane });
  await using two = await serve({ backplane: another(backplane) });
  const session = await one.session();
  await session.answer('ping');
  clock.now += 30_000;
  await backplane.logs.sweep();
  for (const server of [one, two]) {
    const gone = await (await new ClientSession(server, session.id, '2025-11-25').get('1.0')).done();
    expect([gone.status, gone.json.error.message]).toEqual([
      405,
      'Nothing left on this stream: it ended with event "1.0".',
    ]);
  }
});

test('[P17] [B6] a request that the store counted, but could not say so, counts no more when it is answered 503', async () => {
  const backplane = newSqlite();
  const { begin } = backplane.sessions;
  await using server = await serve({ backplane, maxInFlight: 1 });
  const session = await server.session();
  backplane.sessions.begin = async (...given) => {
    await begin.apply(backplane.sessions, given);
    throw new StoreUnreachable('its reply was lost');
  };
  expect((await session.answer('ping')).status).toBe(503);
  backplane.sessions.begin = begin;
  expect((await session.answer('ping')).status).toBe(200);
});

test.each([
  ['is out of reach', 'asked again until it knows', new StoreUnreachable('away'), 0, false],
  ['fails', 'asked no more, which is traced', new Error('broken'), 1, true],
])('[P17] [B6] a store that %s when a request is over is %s', async (_, __, error, left, traced) => {
  const backplane = newSqlite();
  const { finish } = backplane.sessions;
  await using server = await serve({ backplane, traced: true });
  const session = await server.session();
  const ended = Promise.withResolvers<void>();
  backplane.sessions.finish = () => {
    backplane.sessions.finish = finish;
    ended.resolve();
    throw error;
  };
  await session.answer('ping');
  await ended.promise;
  await until('what is counted', () => rows(pathOf(backplane)).runs === left);
  expect(server.traces.some(({ event }) => event.type === 'handler-failed')).toBe(traced);
});
