/** A store may answer later: the same promises hold, and nothing is lost, doubled or reordered in between. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { type Backplane, memory, type Trace } from '../../playground-server/transport/index.ts';
import { until } from '../setup/until.ts';
import { heldMethod, testHandler } from './support/handler.ts';
import { httpText, RawConnection } from './support/raw.ts';
import { serve } from './support/serve.ts';
import { slowMemory } from './support/slow-memory.ts';

test('[E6] [E10] events come in order, each once, while the handler goes on emitting', async () => {
  const handler = testHandler({
    count: async (_, context) => {
      for (let i = 1; i <= 60; i++) {
        context.notify('notifications/progress', { i });
        if (i % 7 === 0) await nextTurn();
      }
      return {};
    },
  });
  await using server = await serve({ handler, backplane: slowMemory() });
  const session = await server.session();
  const answers = await Promise.all([1, 2, 3].map((id) => session.answer('count', {}, id)));
  for (const answer of answers) {
    const stream = answer.eventIds[0]?.split('.')[0];
    expect(answer.state).toBe('ended');
    expect(answer.eventIds).toEqual(Array.from({ length: 61 }, (_, i) => `${stream}.${i + 1}`));
    expect(answer.messages.slice(0, -1).map(({ params }) => params.i)).toEqual(
      Array.from({ length: 60 }, (_, i) => i + 1),
    );
  }
});

test('[E6] events whose numbers come in another order are written in theirs', async () => {
  await using server = await serve({ backplane: slowMemory() });
  const session = await server.session();
  const get = await session.get();
  await session.answer('ping');
  for (let i = 1; i <= 8; i++) server.transport.broadcast('notifications/n', { i });
  await get.received(8);
  expect(get.messages.map(({ params }) => params.i)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
});

test('[E7] an event that is emitted while a connection opens is written, and waits for no other', async () => {
  let delay = 0;
  const emit = async () => {
    for (let turn = 0; turn < delay; turn++) await nextTurn();
    server.transport.broadcast('notifications/n', { delay });
  };
  const trace: Trace = (event) => {
    if (event.type === 'stream-attached') emit();
  };
  await using server = await serve({ backplane: slowMemory(), trace });
  for (; delay < 16; delay++) {
    const session = await server.session();
    const get = await (await session.get()).received(1);
    expect(get.eventIds).toEqual(['0.1']);
    await session.delete();
  }
});

test('[R1] [P16] resuming while the call goes on has no gap and no duplicate', async () => {
  const held = heldMethod();
  await using server = await serve({ handler: testHandler({ held: held.method }), backplane: slowMemory() });
  const session = await server.session();
  let connection = await session.call('held', {}, 'r');
  const call = await held.begun();
  const seen: (string | undefined)[] = [];
  for (let round = 0; round < 4; round++) {
    for (let i = 0; i < 5; i++) call.context.notify('notifications/progress', { round, i });
    await connection.received(2);
    connection.destroy();
    const ids = connection.eventIds;
    seen.push(...ids);
    for (let i = 0; i < 5; i++) call.context.notify('notifications/progress', { round, i });
    await until('the connection to be gone', () => !server.transport.inspect().streams.some(({ open }) => open));
    connection = await session.get(ids.at(-1));
  }
  call.answer({});
  seen.push(...(await connection.done()).eventIds);
  expect(seen).toEqual(Array.from({ length: 41 }, (_, i) => `1.${i + 1}`));
});

test('[E8] a hang-up comes, and nothing is lost with it, also when an earlier message was given up', async () => {
  const held = heldMethod();
  const backplane = slowMemory();
  let broken = true;
  const open = backplane.logs.open.bind(backplane.logs);
  backplane.logs.open = (...given) => {
    const log = open(...given);
    const append = log.append.bind(log);
    log.append = (event) => (broken ? Promise.reject(new Error('broken')) : append(event));
    return log;
  };
  await using server = await serve({ handler: testHandler({ held: held.method }), backplane });
  const session = await server.session();
  const first = await session.call('held', {}, 'r');
  const { context, answer } = await held.begun();
  context.notify('notifications/n', { n: 0 });
  // A fault that is none of a store's closes the connection.
  await first.done();
  broken = false;
  const second = await session.get('1.0');
  context.notify('notifications/n', { n: 1 });
  expect(context.hangUp()).toBe(true);
  await second.done();
  context.notify('notifications/n', { n: 2 });
  expect(second.frames.at(-1)).toMatchObject({ retry: '1000' });
  answer({});
  const third = await (await session.get(second.eventIds.at(-1) ?? '1.0')).done();
  expect([...second.messages, ...third.messages].map(({ params }) => params?.n)).toEqual([1, 2, undefined]);
});

test('[E8] a hang-up waits until the store has all that was said before it', async () => {
  const held = heldMethod();
  const backplane = memory();
  const gates: (() => void)[] = [];
  const open = backplane.logs.open.bind(backplane.logs);
  backplane.logs.open = (...given) => {
    const log = open(...given);
    const append = log.append.bind(log);
    log.append = async (event) => {
      const number = append(event);
      await new Promise<void>((resolve) => gates.push(resolve));
      return number;
    };
    return log;
  };
  await using server = await serve({ handler: testHandler({ held: held.method }), backplane });
  const session = await server.session();
  const connection = await session.call('held', {}, 'r');
  const { context } = await held.begun();
  context.notify('notifications/n', { n: 1 });
  context.notify('notifications/n', { n: 2 });
  context.hangUp();
  for (const n of [1, 2]) {
    await nextTurn();
    expect(server.transport.inspect().streams).toMatchObject([{ open: true }]);
    gates[n - 1]?.();
  }
  expect((await connection.done()).messages.map(({ params }) => params.n)).toEqual([1, 2]);
});

test('[P7] [P11] [P15] [S4] sessions are created, capped, cancelled in and ended', async () => {
  const held = heldMethod();
  const handler = testHandler({ held: held.method });
  await using server = await serve({ handler, backplane: slowMemory(), maxSessions: 1 });
  const session = await server.session();
  expect((await server.initialize()).status).toBe(503);
  const call = await session.call('held', {}, 1);
  await held.begun();
  await session.cancel(1);
  expect((await call.done()).messages).toEqual([]);
  const get = await session.get();
  expect((await session.delete()).status).toBe(200);
  expect((await get.done()).state).toBe('ended');
  expect((await session.answer('ping')).json.error.data).toEqual({ reason: 'deleted' });
  expect((await server.initialize()).status).toBe(200);
});

/** A store in memory whose logs take no last event before `gate` is opened. */
function holdingAnswers(): { backplane: Backplane; gate: PromiseWithResolvers<void> } {
  const backplane = memory();
  const gate = Promise.withResolvers<void>();
  const open = backplane.logs.open.bind(backplane.logs);
  backplane.logs.open = (...given) => {
    const log = open(...given);
    const append = log.append.bind(log);
    log.append = async (event) => {
      if (event.last) await gate.promise;
      return append(event);
    };
    return log;
  };
  return { backplane, gate };
}

test('[X1] a drain waits until the store has the last answer', async () => {
  const { backplane, gate } = holdingAnswers();
  await using server = await serve({ backplane });
  const session = await server.session();
  const call = await session.call('ping', {}, 1);
  let closed = false;
  const closing = server.transport.close({ graceMs: 3_600_000 }).then(() => {
    closed = true;
  });
  expect((await server.initialize()).status).toBe(503);
  expect(closed).toBe(false);
  gate.resolve();
  await closing;
  expect((await call.done()).messages).toEqual([{ jsonrpc: '2.0', id: 1, result: {} }]);
});

test('[R1] [E6] who comes back while the store takes the answer is given it as soon as it has', async () => {
  const { backplane, gate } = holdingAnswers();
  const held = heldMethod();
  await using server = await serve({ backplane, handler: testHandler({ held: held.method }) });
  const session = await server.session();
  const call = await session.call('held', {}, 'h');
  await call.until('its id', ({ frames }) => frames.length === 1);
  (await held.begun()).answer({});
  call.destroy();
  await until('the connection to be gone', () => !server.transport.inspect().streams.some(({ open }) => open));
  const back = await session.get('1.0');
  gate.resolve();
  expect((await back.done()).messages).toEqual([{ jsonrpc: '2.0', id: 'h', result: {} }]);
  expect(server.transport.inspect()).toMatchObject({ streams: [], inFlight: [] });
});

test('[P17] a request counts until the store has its answer', async () => {
  const { backplane, gate } = holdingAnswers();
  await using server = await serve({ backplane, maxInFlight: 1 });
  const session = await server.session();
  const call = await session.call('ping', {}, 1);
  expect((await session.answer('ping', {}, 2)).status).toBe(429);
  gate.resolve();
  await call.done();
  expect((await session.answer('ping', {}, 3)).messages).toMatchObject([{ id: 3, result: {} }]);
});

test('[X1] an instance that ends answers what it was running before it closes the connections', async () => {
  const held = heldMethod();
  const { backplane, gate } = holdingAnswers();
  gate.resolve();
  const handler = testHandler({ held: held.method });
  await using server = await serve({ handler, backplane: { ...backplane, shared: true } });
  const session = await server.session();
  const call = await session.call('held', {}, 1);
  const { context } = await held.begun();
  await server.transport.close({ graceMs: 0 });
  expect((await call.done()).messages).toMatchObject([{ id: 1, error: { code: -32603 } }]);
  expect(context.signal.aborted).toBe(true);
});

test('[E7] [S1] a client that goes away before the store has answered leaves no connection behind', async () => {
  const backplane = memory();
  const { sessions } = backplane;
  const admit = sessions.admit.bind(sessions);
  const gate = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  await using server = await serve({ backplane, traced: true });
  const session = await server.session();
  sessions.admit = async (id, asker) => {
    asked.resolve();
    await gate.promise;
    return admit(id, asker);
  };
  const raw = await RawConnection.to(server.port);
  raw.send(httpText('GET', ['Host: localhost', 'Accept: text/event-stream', `Mcp-Session-Id: ${session.id}`]));
  await asked.promise;
  raw.socket.destroy();
  await until(
    'its connection to be gone',
    () => new Promise<boolean>((resolve) => server.server.getConnections((_, count) => resolve(count === 0))),
  );
  gate.resolve();
  const traced = () => server.traces.map(({ event }) => event.type);
  await until('the stream to be attached', () => traced().includes('stream-attached'));
  await until('the stream to be closed', () => traced().includes('connection-closed'));
  expect(server.transport.inspect().streams).toMatchObject([{ open: false }]);
});
