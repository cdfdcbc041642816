/** A stream that one instance writes and another one reads: what they tell each other, while nobody looks by himself. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { LogSlice, StreamLog } from '../../playground-server/transport/index.ts';
import { until } from '../setup/until.ts';
import { ClientSession, latest } from './support/client.ts';
import { heldMethod, testHandler } from './support/handler.ts';
import { hearing } from './support/hearing.ts';
import { otherLogs } from './support/other-logs.ts';
import { serve } from './support/serve.ts';
import { another, newSqlite } from './support/store.ts';

const progress = (step: number) => ({ jsonrpc: '2.0', method: 'notifications/progress', params: { step } });
const result = (id: string | number) => ({ jsonrpc: '2.0', id, result: {} });

type ReadAfter = (log: StreamLog, ...given: Parameters<StreamLog['readAfter']>) => ReturnType<StreamLog['readAfter']>;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** One runs a request whose client lost its connection, and reads on at the other one, whose log may be read differently. */
async function readElsewhere({ readAfter }: { readAfter?: ReadAfter } = {}) {
  const stack = new AsyncDisposableStack();
  const backplane = newSqlite();
  const held = heldMethod();
  const handler = testHandler({ held: held.method });
  const ears = hearing(
    otherLogs(another(backplane), (log) => (readAfter ? { readAfter: (...given) => readAfter(log, ...given) } : {})),
  );
  const one = stack.use(await serve({ backplane, handler, retryInterval: 250 }));
  const two = stack.use(await serve({ backplane: ears.backplane, handler, retryInterval: 250, traced: true }));
  const session = await one.session();
  const call = await session.call('held', {}, 'h');
  const { context, answer } = await held.begun();
  await call.until('its id', ({ frames }) => frames.length === 1);
  call.destroy();
  const there = new ClientSession(two, session.id, latest);
  const reading = await there.get(call.frames[0]?.id);
  return { stack, backplane, ears, one, two, session, there, context, answer, reading };
}

test('[B8] each event is told of as it comes, and the end', async () => {
  const { stack, context, answer, reading } = await readElsewhere();
  await using _ = stack;
  for (const step of [1, 2, 3]) {
    context.notify('notifications/progress', { step });
    await reading.received(step);
  }
  answer({});
  expect((await reading.done()).messages).toEqual([...[1, 2, 3].map(progress), result('h')]);
});

test('[B8] [E8] its handler hangs up: what came before is written, then retry, and the rest is read at a third place', async () => {
  const { stack, one, session, there, context, answer, reading } = await readElsewhere();
  await using _ = stack;
  context.notify('notifications/progress', { step: 1 });
  expect(context.hangUp()).toBe(true);
  await reading.done();
  expect([reading.state, reading.messages]).toEqual(['ended', [progress(1)]]);
  expect(reading.frames.at(-1)?.raw).toBe('retry: 250\n\n');
  const after = reading.eventIds.at(-1);
  // It hung up on that connection, and on none that comes later.
  const [back, home] = [await there.get(after), await session.get(after)];
  await back.done();
  context.notify('notifications/progress', { step: 2 });
  await home.received(1);
  answer({});
  expect((await home.done()).messages).toEqual([progress(2), result('h')]);
  expect(one.transport.inspect().inFlight).toEqual([]);
});

test('[B8] [E8] its handler hangs up while the log is read: what is read is written first, and what came meanwhile', async () => {
  const reads: (() => void)[] = [];
  let holds = false;
  const { stack, ears, context, answer, reading } = await readElsewhere({
    readAfter: async (log, ...given) => {
      const slice: LogSlice = structuredClone(await log.readAfter(...given));
      if (holds) await new Promise<void>((resolve) => reads.push(resolve));
      return slice;
    },
  });
  await using _ = stack;
  holds = true;
  context.notify('notifications/progress', { step: 1 });
  await until('the log to be read', () => reads.length === 1);
  ears.deafen();
  context.notify('notifications/progress', { step: 2 });
  expect(context.hangUp()).toBe(true);
  await until('the other one to be told', () => ears.waits('disconnect'));
  ears.hear();
  expect(reading.state).toBe('arriving');
  holds = false;
  for (const goOn of reads) goOn();
  expect((await reading.done()).messages).toEqual([1, 2].map(progress));
  expect(reading.frames.at(-1)?.raw).toBe('retry: 250\n\n');
  answer({});
});

test('[B8] what nobody tells it of it finds within five seconds', async () => {
  const { stack, ears, context, reading } = await readElsewhere();
  await using _ = stack;
  ears.deafen();
  context.notify('notifications/progress', { step: 1 });
  vi.advanceTimersByTime(5_000);
  expect((await reading.received(1)).messages).toEqual([progress(1)]);
});

test('[B8] [P15] it is cancelled there: the reader is told that nothing follows', async () => {
  const { stack, there, context, reading } = await readElsewhere();
  await using _ = stack;
  await there.cancel('h');
  expect([(await reading.done()).state, reading.messages]).toEqual(['ended', []]);
  expect(context.signal.aborted).toBe(true);
});

test('[B6] [B8] it missed messages, and is told so: it reads on at once', async () => {
  const { stack, ears, context, reading } = await readElsewhere();
  await using _ = stack;
  ears.deafen();
  context.notify('notifications/progress', { step: 1 });
  ears.interrupt();
  expect((await reading.received(1)).messages).toEqual([progress(1)]);
});

test('[B8] [R1] an answer written to a dead connection is read where its client resumes', async () => {
  const backplane = newSqlite();
  const held = heldMethod();
  const ears = hearing(backplane);
  await using one = await serve({ handler: testHandler({ held: held.method }), backplane });
  await using two = await serve({ backplane: another(backplane) });
  const session = await one.session();
  const call = await session.call('held', {}, 'h');
  await call.until('its id', ({ frames }) => frames.length === 1);
  ears.deafen();
  const resumed = await new ClientSession(two, session.id, latest).get('1.0');
  await until('the takeover to be told', () => ears.waits('attached'));
  (await held.begun()).answer({});
  await call.done();
  ears.hear();
  expect((await resumed.done()).messages).toEqual([result('h')]);
});

test('[B8] [X4] an instance that has nothing of the stream hears of it, and has nothing to say', async () => {
  const { stack, backplane, there, session, context, answer, reading } = await readElsewhere();
  await using _ = stack;
  const own = another(backplane);
  const said: unknown[] = [];
  own.messages.publish = (...given) => void said.push(given);
  await using three = await serve({ backplane: own, traced: true });
  await new ClientSession(three, session.id, latest).answer('ping');
  context.notify('notifications/progress', { step: 1 });
  await reading.received(1);
  context.hangUp();
  await reading.done();
  const again = await there.get(reading.eventIds.at(-1));
  answer({});
  expect((await again.done()).messages).toEqual([result('h')]);
  await session.delete();
  await until('it to have heard all', () => three.transport.inspect().sessions.length === 0);
  expect(three.traces.filter(({ event }) => event.type === 'handler-failed')).toEqual([]);
  expect(said).toEqual([]);
});
