import { expect, test } from 'vitest';
import { until } from '../setup/until.ts';
import { clockedStore } from './support/clocked-store.ts';
import { expectMissing } from './support/expect.ts';
import { heldMethod, testHandler } from './support/handler.ts';
import { serve } from './support/serve.ts';
import { testInOneProcess } from './support/store.ts';

const minute = 60_000;

test('[P12] [S1] requests, notifications and responses extend the life of a session', async () => {
  const { clock, backplane } = clockedStore();
  await using server = await serve({ sessionIdleTimeoutMs: minute, backplane });
  const session = await server.session();
  const bodies = [
    { jsonrpc: '2.0', id: 1, method: 'ping' },
    { jsonrpc: '2.0', method: 'notifications/initialized' },
    { jsonrpc: '2.0', id: 1, result: {} },
  ];
  for (const body of [...bodies, ...bodies]) {
    clock.now += minute - 1;
    expect((await session.send({ body })).status).toBeLessThan(300);
  }
  clock.now += minute;
  expectMissing(await session.answer('ping'), 'expired');
});

testInOneProcess('[S1] an open connection keeps a session alive, and its end starts the idle time', async () => {
  const { clock, backplane } = clockedStore();
  await using server = await serve({ sessionIdleTimeoutMs: minute, backplane });
  const session = await server.session();
  const get = await session.get();
  clock.now += 10 * minute;
  backplane.sessions.sweep();
  expect((await session.answer('ping')).status).toBe(200);
  clock.now += 10 * minute;
  get.destroy();
  await until('the stream to be closed', () => !server.transport.inspect().streams.some(({ open }) => open));
  clock.now += minute - 1;
  expect((await session.notify('n')).status).toBe(202);
  clock.now += minute;
  expectMissing(await session.answer('ping'), 'expired');
});

testInOneProcess('[S1] a request in flight keeps a session alive without any connection', async () => {
  const { clock, backplane } = clockedStore();
  const held = heldMethod();
  const handler = testHandler({ held: held.method });
  await using server = await serve({ handler, sessionIdleTimeoutMs: minute, backplane });
  const session = await server.session();
  const answer = await session.call('held', {}, 'x');
  const call = await held.begun();
  answer.destroy();
  await until('the stream to be closed', () => !server.transport.inspect().streams.some(({ open }) => open));
  clock.now += 10 * minute;
  backplane.sessions.sweep();
  call.answer({ alive: true });
  expect((await (await session.get('1.0')).done()).messages).toEqual([
    { jsonrpc: '2.0', id: 'x', result: { alive: true } },
  ]);
});

test('[S2] expiry is exact on access', async () => {
  const { clock, backplane } = clockedStore();
  await using server = await serve({ sessionIdleTimeoutMs: minute, backplane });
  const session = await server.session();
  clock.now += minute - 1;
  expect((await session.answer('ping')).status).toBe(200);
  clock.now += minute;
  expectMissing(await session.answer('ping'), 'expired');
  expectMissing(await session.answer('ping'), 'expired');
  await until('it to be forgotten', () => server.transport.inspect().sessions.length === 0);
});

test('[S2] [S3] an expired session is swept in the background, without anyone asking', async () => {
  await using server = await serve({ sessionIdleTimeoutMs: 60, traced: true });
  const session = await server.session();
  await until('the session to be swept', () => server.transport.inspect().sessions.length === 0);
  const ended = server.traces.find(({ event }) => event.type === 'session-ended');
  expect(ended?.event).toEqual({ type: 'session-ended', reason: 'expired' });
  expectMissing(await session.answer('ping'), 'expired');
});

test('[S2] null never expires', async () => {
  const { clock, backplane } = clockedStore();
  await using server = await serve({ sessionIdleTimeoutMs: null, backplane });
  const session = await server.session();
  clock.now += 365 * 24 * 60 * minute;
  backplane.sessions.sweep();
  expect((await session.answer('ping')).status).toBe(200);
});

test('[S3] endSession ends a session as if its idle time were over, also one in use', async () => {
  const held = heldMethod();
  await using server = await serve({ handler: testHandler({ held: held.method }) });
  const [session, other] = [await server.session(), await server.session()];
  const [get, answer] = [await session.get(), await session.call('held')];
  const { context } = await held.begun();
  expect(await server.transport.endSession(session.id)).toBe(true);
  expect([(await get.done()).state, (await answer.done()).state]).toEqual(['ended', 'ended']);
  expect(context.signal.aborted).toBe(true);
  expectMissing(await session.answer('ping'), 'expired');
  expect(await server.transport.endSession(session.id)).toBe(false);
  expect((await other.answer('ping')).status).toBe(200);
});
