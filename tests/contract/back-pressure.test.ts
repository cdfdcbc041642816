/** A connection pulls from the log as its socket drains (rule E9). What no socket takes at once is 30 MB here. */
import { expect, test } from 'vitest';
import { until } from '../setup/until.ts';
import type { Answer } from './support/answer.ts';
import { latest } from './support/client.ts';
import { heldMethod, testHandler } from './support/handler.ts';
import { type Served, type ServeOptions, serve } from './support/serve.ts';
import { testAtOnce, testInOneProcess } from './support/store.ts';

const count = 3_000;
const text = 'x'.repeat(10_000);
const numbers = (upTo: number, from = 1) => Array.from({ length: upTo - from + 1 }, (_, i) => i + from);
const told = (answer: Answer) => answer.messages.map(({ params }) => params?.n);
/** The event with this number is here to its end. */
const has = (n: number) => (answer: Answer) => answer.chunks.slice(-3).join('').includes(`"n":${n}}}\n\n`);
const isRead = (server: Served) => server.transport.inspect().streams.some(({ open }) => open);

/** Lets the reader take a little, again and again, until `condition` holds or nothing more comes. */
async function readSlowly(answer: Answer, condition: (answer: Answer) => boolean): Promise<void> {
  while (answer.state === 'arriving' && !condition(answer)) {
    const had = answer.chunks.length;
    answer.resume();
    await answer.until(
      'some more',
      () => answer.chunks.length > had + 3 || answer.state !== 'arriving' || condition(answer),
    );
    answer.pause();
  }
  answer.resume();
}

/** A reader of each kind of stream, paused from the start, and what notifies it. */
const streams: [name: string, begin: (options?: ServeOptions) => ReturnType<typeof stalledReader>][] = [
  ['the standalone stream', (options) => stalledReader('GET', options)],
  ["a request's stream", (options) => stalledReader('POST', options)],
];

async function stalledReader(verb: 'GET' | 'POST', options: ServeOptions = {}) {
  const held = heldMethod();
  const server = await serve({ handler: testHandler({ held: held.method }), ...options });
  const session = await server.session(latest);
  const answer = verb === 'GET' ? await session.get() : await session.call('held', {}, 'r');
  answer.pause();
  const call = verb === 'GET' ? undefined : await held.begun();
  const say = (params: { n: number; text: string }) => {
    if (call) call.context.notify('notifications/n', params);
    else server.transport.broadcast('notifications/n', params);
  };
  const finish = () => call?.answer({ finished: true });
  return { server, session, answer, say, finish, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

testInOneProcess.each(streams)(
  '[E9] a slow reader of %s gets everything in order: trimming spares what it has not read',
  async (_, begin) => {
    const eventLog = { maxEvents: 4, maxBytes: 20_000, maxSessionBytes: 90_000_000 };
    await using it = await begin({ eventLog, maxBufferedBytes: 64_000_000 });
    for (let n = 1; n <= count; n++) it.say({ text, n });
    it.say({ text, n: count + 1 });
    it.finish();
    await readSlowly(it.answer, has(count + 1));
    await it.answer.until('the newest', has(count + 1));
    expect(told(it.answer).slice(0, count + 1)).toEqual(numbers(count + 1));
  },
);

testInOneProcess.each(streams)('[E9] a connection to %s that was trimmed past its cursor closes', async (_, begin) => {
  await using it = await begin();
  for (let n = 1; n <= count; n++) it.say({ text, n });
  it.answer.resume();
  await it.answer.done();
  expect(it.answer.state).toBe('ended');
  const read = told(it.answer);
  expect(read).toEqual(numbers(read.length));
  expect(read.length).toBeLessThan(count);
  // Nothing was doubled or left out before the gap; after it, the client is told that there is one.
  const last = it.answer.eventIds.at(-1) as string;
  const resumed = await it.session.get(last);
  await resumed.until('the newest', has(count));
  expect(resumed.frames[1]?.comment).toBe('events before this were dropped');
  const rest = told(resumed).filter((n) => n !== undefined);
  expect(rest).toEqual(numbers(count, rest[0]));
  expect(rest[0]).toBeGreaterThan(read.length + 1);
});

testInOneProcess.each(streams)(
  '[E9] without an event log a reader of %s that falls too far behind is closed as well',
  async (_, begin) => {
    await using it = await begin({ eventLog: null });
    for (let n = 1; n <= count; n++) it.say({ text, n });
    it.answer.resume();
    await it.answer.done();
    const read = told(it.answer);
    expect(read).toEqual(numbers(read.length));
    expect(read.length).toBeLessThan(count);
  },
);

testInOneProcess.each(streams)(
  '[E9] without an event log a slow reader of %s that stays within the bytes has all',
  async (_, begin) => {
    await using it = await begin({ eventLog: null, maxBufferedBytes: 64_000_000 });
    for (let n = 1; n <= count; n++) it.say({ text, n });
    await readSlowly(it.answer, has(count));
    expect(told(it.answer)).toEqual(numbers(count));
  },
);

test('[E9] what nobody reads is trimmed to the bounds of the log', async () => {
  const eventLog = { maxEvents: 4 };
  await using it = await stalledReader('GET', { eventLog, maxBufferedBytes: 1_000_000 });
  it.answer.destroy();
  await until('the reader to be gone', () => !isRead(it.server));
  for (let n = 1; n <= 50; n++) it.say({ text, n });
  const resumed = await (await it.session.get()).received(4);
  expect(told(resumed)).toEqual([47, 48, 49, 50]);
});

test('[E9] one oversized event goes alone, and arrives whole: 4 MB with characters outside the basic plane', async () => {
  const eventLog = { maxBytes: 1_000, maxSessionBytes: 90_000_000 };
  await using it = await stalledReader('POST', { eventLog, maxBufferedBytes: 64_000_000, traced: true });
  // The first and the last that have two halves, and one that has one: some piece would end between two halves.
  const faces = '😀\u{10000}x\u{10ffff}'.repeat(280_000);
  for (const [i, before] of ['', 'x', 'xx', 'xxx'].entries()) it.say({ n: i + 1, text: before + faces });
  const written = () => it.server.traces.filter(({ event }) => event.type === 'event-written').length;
  expect(written()).toBeLessThan(5);
  it.finish();
  await readSlowly(it.answer, ({ state }) => state !== 'arriving');
  await it.answer.done();
  expect(it.answer.state).toBe('ended');
  const texts = it.answer.messages.map(({ params }) => params?.text);
  expect(texts.map((one) => one?.length)).toEqual([1_960_000, 1_960_001, 1_960_002, 1_960_003, undefined]);
  for (const one of texts.slice(0, 4)) expect(one.replace(/^x*/, '') === faces).toBe(true);
  expect(it.answer.eventIds).toEqual(['1.1', '1.2', '1.3', '1.4', '1.5']);
});

test('[E9] [R1] replay is pulled as the socket drains, too', async () => {
  const eventLog = { maxEvents: 9_000, maxBytes: 90_000_000, maxSessionBytes: 90_000_000 };
  await using it = await stalledReader('GET', { eventLog, traced: true });
  it.answer.destroy();
  await until('the reader to be gone', () => !isRead(it.server));
  for (let n = 1; n <= count; n++) it.say({ text, n });
  const resumed = await it.session.get('0.0');
  resumed.pause();
  await it.session.answer('ping');
  const written = it.server.traces.filter(({ event }) => event.type === 'event-written').length;
  expect(written).toBeLessThan(count);
  await readSlowly(resumed, has(count));
  expect(told(resumed)).toEqual(numbers(count));
});

testInOneProcess('[R3] [S3] a finished stream whose reader is replaced stays the one stream', async () => {
  const eventLog = { maxEvents: 9_000, maxBytes: 90_000_000, maxSessionBytes: 90_000_000 };
  await using it = await stalledReader('POST', { eventLog });
  for (let n = 1; n <= count; n++) it.say({ text, n });
  it.finish();
  const [second, third] = [await it.session.get('1.0'), await it.session.get('1.0')];
  third.pause();
  for (const replaced of [it.answer, second]) {
    replaced.resume();
    await replaced.done();
    expect(replaced.messages.length).toBeLessThan(count);
  }
  expect(it.server.transport.inspect().streams).toMatchObject([{ stream: '1', open: true }]);
  await it.session.delete();
  third.resume();
  await third.done();
  expect(third.messages.length).toBeLessThan(count);
});

testAtOnce('[E8] what hangs up on a slow reader gives it the rest of its event, then retry, and closes', async () => {
  const eventLog = { maxEvents: 9_000, maxBytes: 90_000_000, maxSessionBytes: 90_000_000 };
  const held = heldMethod();
  await using server = await serve({ handler: testHandler({ held: held.method }), eventLog, retryInterval: 77 });
  const session = await server.session();
  const answer = await session.call('held', {}, 'h');
  answer.pause();
  const { context, answer: finish } = await held.begun();
  const long = 'y'.repeat(40_000_000);
  context.notify('notifications/n', { n: 1, text: long });
  expect(context.hangUp()).toBe(true);
  context.notify('notifications/n', { n: 2, text: 'later' });
  answer.resume();
  await answer.done();
  expect([answer.state, answer.messages.length, answer.messages[0].params.text.length]).toEqual([
    'ended',
    1,
    40_000_000,
  ]);
  expect(answer.frames.at(-1)).toMatchObject({ retry: '77' });
  finish({});
  expect(told(await (await session.get('1.1')).done())).toEqual([2, undefined]);
});
