/** A reader that takes nothing for 10 s is cut (rule E9). The clock is the test's: the looks come when it says so. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { StreamableHttpTransport } from '../../playground-server/transport/index.ts';
import { until } from '../setup/until.ts';
import { initializeRequest } from './support/client.ts';
import { clockedStore } from './support/clocked-store.ts';
import { heldMethod, testHandler } from './support/handler.ts';
import { MemoryExchange } from './support/memory-exchange.ts';
import { serve } from './support/serve.ts';
import { StallingExchange } from './support/stalling-exchange.ts';
import { testInOneProcess } from './support/store.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A standalone stream whose reader is the test's, past its first turn. */
async function reader(options: { keepAliveMs?: number } = {}) {
  const transport = new StreamableHttpTransport({ handler: testHandler(), ...options });
  const opening = new MemoryExchange('POST', {}, initializeRequest());
  transport.handle(opening);
  const exchange = new StallingExchange('GET', { 'mcp-session-id': opening.answerHeaders['mcp-session-id'] as string });
  transport.handle(exchange);
  await nextTurn();
  return { transport, exchange, say: (n: number) => transport.broadcast('notifications/n', { n }) };
}

test.each([1, 700, 1249, 2499, 2500, 2501])(
  '[E9] a reader that stalls %i ms after a look is cut when 10 s are over, and not before',
  async (phase) => {
    const { transport, exchange, say } = await reader();
    vi.advanceTimersByTime(phase);
    exchange.stall();
    say(1);
    vi.advanceTimersByTime(9_999);
    expect(exchange.aborted).toBe(false);
    vi.advanceTimersByTime(2_501);
    expect(exchange.aborted).toBe(true);
    expect(transport.inspect()).toMatchObject({ sessions: [{ streams: 1 }], streams: [{ open: false }] });
    await transport.close();
  },
);

test('[E9] also with a keep-alive of a minute, and with one of a second', async () => {
  for (const keepAliveMs of [60_000, 1_000]) {
    const { transport, exchange, say } = await reader({ keepAliveMs });
    exchange.stall();
    say(1);
    vi.advanceTimersByTime(9_999);
    expect(exchange.aborted).toBe(false);
    vi.advanceTimersByTime(2_501);
    expect(exchange.aborted).toBe(true);
    await transport.close();
  }
});

test('[E9] a reader that takes a little now and then is not cut, nor one that takes just as much as comes', async () => {
  const { transport, exchange, say } = await reader();
  exchange.stall();
  say(10);
  for (let i = 0; i < 20; i++) {
    vi.advanceTimersByTime(7_500);
    exchange.take(1);
  }
  exchange.take();
  // Each event is as long as the one before: at every look the same amount waits.
  for (let n = 11; n < 30; n++) {
    say(n);
    vi.advanceTimersByTime(7_500);
    exchange.take();
  }
  expect(exchange.aborted).toBe(false);
  expect([...exchange.taken.matchAll(/"n":(\d+)/g)].map(([, n]) => Number(n))).toEqual(
    Array.from({ length: 20 }, (_, i) => i + 10),
  );
  // A reader that has taken all is not stalled, however long nothing comes.
  vi.advanceTimersByTime(14_000);
  expect(exchange.aborted).toBe(false);
  await transport.close();
});

test('a quiet stream is given a comment after keepAliveMs, and not before: an event sets the time back', async () => {
  const { transport, exchange, say } = await reader({ keepAliveMs: 15_000 });
  const comments = () => exchange.taken.split(': keep-alive\n\n').length - 1;
  vi.advanceTimersByTime(14_999);
  expect(comments()).toBe(0);
  vi.advanceTimersByTime(1);
  expect(comments()).toBe(1);
  vi.advanceTimersByTime(10_000);
  say(1);
  vi.advanceTimersByTime(14_999);
  expect(comments()).toBe(1);
  vi.advanceTimersByTime(30_001);
  expect(comments()).toBe(4);
  await transport.close();
});

test('[E9] a reader that stalls is given no comment on top of what it has not read', async () => {
  const { transport, exchange, say } = await reader({ keepAliveMs: 3_000 });
  exchange.stall();
  say(1);
  vi.advanceTimersByTime(9_000);
  exchange.take();
  expect(exchange.taken).not.toContain('keep-alive');
  vi.advanceTimersByTime(4_000);
  exchange.take();
  expect(exchange.taken).toContain('keep-alive');
  await transport.close();
});

test('[E9] one that stalls is waited for once, however often it is told that the server will go', async () => {
  const { transport, exchange, say } = await reader();
  exchange.stall();
  say(1);
  await Promise.all([1, 2, 3].map(() => transport.close()));
  expect(exchange.taken).toContain('retry:');
  expect(exchange.asked).toBe(1);
});

test('[E9] a replay goes out as its reader drains: one that is full is handed nothing on top', async () => {
  const transport = new StreamableHttpTransport({ handler: testHandler() });
  const opening = new MemoryExchange('POST', {}, initializeRequest());
  transport.handle(opening);
  const headers = { 'mcp-session-id': opening.answerHeaders['mcp-session-id'] as string, 'last-event-id': '0.0' };
  const text = 'x'.repeat(1_000);
  transport.handle(new MemoryExchange('GET', headers));
  for (let n = 1; n <= 60; n++) transport.broadcast('notifications/n', { n, text });
  const exchange = new StallingExchange('GET', headers);
  exchange.stall();
  transport.handle(exchange);
  await nextTurn();
  // What the first turn says goes out at once, up to 16 KiB.
  expect(exchange.taken).toBe('');
  for (let drains = 0; drains < 60; drains++) {
    const before = exchange.taken.length;
    exchange.take();
    expect(exchange.taken.length - before).toBeLessThan(18_000);
  }
  expect([...exchange.taken.matchAll(/"n":(\d+)/g)].map(([, n]) => Number(n))).toEqual(
    Array.from({ length: 60 }, (_, i) => i + 1),
  );
  await transport.close();
});

const big = { eventLog: { maxEvents: 9_000, maxBytes: 90_000_000, maxSessionBytes: 90_000_000 } };

testInOneProcess.each(['GET', 'POST'])(
  '[E9] [E7] over a socket (%s): the connection is cut, the session lives',
  async (verb) => {
    const held = heldMethod();
    await using server = await serve({ handler: testHandler({ held: held.method }), traced: true, ...big });
    const session = await server.session();
    const stalled = verb === 'GET' ? await session.get() : await session.call('held', {}, 'r');
    stalled.pause();
    const call = verb === 'POST' ? await held.begun() : undefined;
    const text = 'x'.repeat(10_000);
    for (let n = 1; n <= 3_000; n++) {
      if (call) call.context.notify('notifications/n', { text, n });
      else server.transport.broadcast('notifications/n', { text, n });
    }
    const isOpen = () => server.transport.inspect().streams.some(({ open }) => open);
    vi.advanceTimersByTime(9_999);
    expect(isOpen()).toBe(true);
    await until('the reader to be cut', () => {
      vi.advanceTimersByTime(2_500);
      return !isOpen();
    });
    expect((await session.answer('ping')).status).toBe(200);
    stalled.resume();
    await stalled.done();
    expect(stalled.state).toBe('cut');
    const ofStream = server.traces.filter(({ place }) => place.stream === (verb === 'GET' ? '0' : '1'));
    const closed = ofStream.flatMap(({ event }) => (event.type === 'connection-closed' ? [event.by] : []));
    expect(closed).toEqual(['server']);
    // It comes back with the last event that it has whole, and misses nothing.
    const last = stalled.eventIds.at(-1) ?? (verb === 'GET' ? '0.0' : '1.0');
    const missing = 3_000 - Number(last.split('.')[1]);
    expect(missing).toBeGreaterThan(0);
    call?.answer({});
    const resumed = await session.get(last);
    await resumed.until('the rest', ({ chunks }) => chunks.slice(-3).join('').includes('"n":3000}}\n\n'));
    if (call) await resumed.done();
    const numbers = [...stalled.messages, ...resumed.messages].map(({ params }) => params?.n);
    expect(numbers.slice(0, 3_000)).toEqual(Array.from({ length: 3_000 }, (_, i) => i + 1));
    expect(numbers).toHaveLength(call ? 3_001 : 3_000);
  },
);

testInOneProcess(
  '[E9] [R4] a response too large for its reader comes in pieces: one that stalls is cut, and finds it in the log',
  async () => {
    const text = 'x'.repeat(40_000_000);
    const { clock, backplane } = clockedStore();
    await using server = await serve({ backplane, handler: testHandler({ big: () => ({ text }) }) });
    const session = await server.session();
    const stalled = await session.call('big', {}, 'b');
    stalled.pause();
    // It is not fully written yet: the 30 s have not begun.
    clock.now += 60_000;
    await backplane.logs.sweep();
    vi.advanceTimersByTime(9_999);
    expect(server.transport.inspect().streams).toMatchObject([{ open: true }]);
    await until('the reader to be cut', () => {
      vi.advanceTimersByTime(2_500);
      return server.transport.inspect().streams.length === 0;
    });
    stalled.resume();
    expect((await stalled.done()).state).toBe('cut');
    const resumed = await (await session.get('1.0')).done();
    expect(resumed.messages).toEqual([{ jsonrpc: '2.0', id: 'b', result: { text } }]);
  },
);
