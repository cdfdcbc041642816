import { expect, test } from 'vitest';
import { memory } from '../../playground-server/transport/index.ts';
import { clockedStore } from './support/clocked-store.ts';
import { expectMissing } from './support/expect.ts';
import { serve } from './support/serve.ts';

const minute = 60_000;

test('[P7] [S4] a terminated session answers 404 on every verb, with the reason', async () => {
  await using server = await serve();
  const session = await server.session();
  await session.delete();
  for (const answer of [
    await session.answer('ping'),
    await session.get(),
    await session.delete(),
    await session.notify('n'),
  ]) {
    expectMissing(await answer.done(), 'deleted');
  }
});

test('[P7] a tombstone is kept 5 min, then the reason is unknown', async () => {
  const { clock, backplane } = clockedStore();
  await using server = await serve({ backplane });
  const session = await server.session();
  await session.delete();
  clock.now += 5 * minute - 1;
  expectMissing(await session.answer('ping'), 'deleted');
  clock.now += 1;
  expectMissing(await session.answer('ping'), 'unknown');
});

test('[P7] at most 10 000 tombstones are kept, the newest', () => {
  const { sessions } = memory();
  const nobody = { principal: null, origin: null };
  const client = { clientInfo: { name: 'c', version: '1' }, clientCapabilities: {} };
  const record = { protocolVersion: '2025-11-25', ...client, ...nobody };
  const limits = { maxSessions: 10, maxSessionsPerPrincipal: null, idleTimeoutMs: null };
  for (let i = 0; i <= 10_000; i++) {
    const rest = { openedAt: 0, logLevel: 'info', subscriptions: [], data: {} } as const;
    sessions.create({ ...record, ...rest, subscriptions: [], id: `s${i}` }, limits);
    sessions.end(`s${i}`, 'deleted');
  }
  expect(sessions.admit('s0', nobody)).toMatchObject({ reason: 'unknown' });
  expect(sessions.admit('s1', nobody)).toMatchObject({ reason: 'deleted' });
  expect(sessions.admit('s10000', nobody)).toMatchObject({ reason: 'deleted' });
});

test('[P11] at the cap initialize answers 503 with Retry-After, and a deleted session makes room', async () => {
  await using server = await serve({ maxSessions: 2 });
  const [first] = [await server.session(), await server.session()];
  const refused = await server.initialize();
  expect([refused.status, refused.json]).toEqual([
    503,
    {
      jsonrpc: '2.0',
      id: 1,
      error: { code: -32603, message: 'Too many sessions: this server holds 2. Try again later.' },
    },
  ]);
  expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
  expect(refused.headers['mcp-session-id']).toBeUndefined();
  await first.delete();
  expect((await server.initialize()).status).toBe(200);
});

test('[P11] at the cap an expired session goes first', async () => {
  const { clock, backplane } = clockedStore();
  await using server = await serve({ maxSessions: 2, sessionIdleTimeoutMs: minute, backplane });
  const old = await server.session();
  clock.now += minute / 2;
  const young = await server.session();
  clock.now += minute / 2;
  expect((await server.initialize()).status).toBe(200);
  expectMissing(await old.answer('ping'), 'expired');
  expect((await young.answer('ping')).status).toBe(200);
});

test('[P11] at the cap one without a second message in 60 s goes, one with a second message stays', async () => {
  const { clock, backplane } = clockedStore();
  await using server = await serve({ maxSessions: 3, backplane });
  const used = await server.session();
  const unused = (await server.initialize()).headers['mcp-session-id'];
  clock.now += minute - 1;
  const young = (await server.initialize()).headers['mcp-session-id'];
  expect((await server.initialize()).status).toBe(503);
  clock.now += 1;
  expect((await server.initialize()).status).toBe(200);
  expectMissing(await server.send({ method: 'DELETE', headers: { 'mcp-session-id': unused } }), 'evicted');
  expect((await used.answer('ping')).status).toBe(200);
  expect((await server.send({ method: 'DELETE', headers: { 'mcp-session-id': young } })).status).toBe(200);
});
