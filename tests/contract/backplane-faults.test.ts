/** A store that fails under a stream: what its client is told, and what is left of the session. */
import { expect, test } from 'vitest';
import { type Backplane, memory, StoreUnreachable, type StreamLog } from '../../playground-server/transport/index.ts';
import { maskSessionId } from '../../playground-server/transport/trace.ts';
import type { ClientSession } from './support/client.ts';
import { expectMissing } from './support/expect.ts';
import { type HeldCall, heldMethod, testHandler } from './support/handler.ts';
import { capabilitiesKey, modernRequest } from './support/modern.ts';
import { otherLogs } from './support/other-logs.ts';
import { accept, askable, askFor, attempt, retryOf } from './support/rounds.ts';
import { serve } from './support/serve.ts';

/** The store in memory, with these instead of a log's own functions for as long as `fails` says so. */
function failing(instead: Partial<StreamLog>): { backplane: Backplane; fails: (isFailing: boolean) => void } {
  let isFailing = false;
  return {
    backplane: otherLogs(memory(), () => (isFailing ? instead : {})),
    fails: (now) => {
      isFailing = now;
    },
  };
}

const throws = (error: Error) => () => {
  throw error;
};

test.each([
  ['is out of reach', 503, new StoreUnreachable('away')],
  ['fails', 500, new Error('broken')],
])(
  '[B6] [X4] a store that %s when a stream begins: %i, nothing runs, and the session lives',
  async (_, status, error) => {
    const held = heldMethod();
    const { backplane, fails } = failing({ takeOver: throws(error) });
    await using server = await serve({ backplane, handler: testHandler({ held: held.method }) });
    const session = await server.session();
    fails(true);
    expect((await session.answer('held', {}, 1)).status).toBe(status);
    expect(held.calls).toEqual([]);
    expect(server.transport.inspect()).toMatchObject({ streams: [], inFlight: [] });
    fails(false);
    // With the same id: the one that was refused does not count.
    expect((await session.answer('ping', {}, 1)).status).toBe(200);
  },
);

test('[B6] [X4] a batch whose stream the store refuses: 503, nothing of it runs, and no stream is left', async () => {
  const held = heldMethod();
  const { backplane, fails } = failing({ takeOver: throws(new StoreUnreachable('away')) });
  await using server = await serve({ backplane, handler: testHandler({ held: held.method }) });
  const session = await server.session('2025-03-26');
  const body = ['a', 'b'].map((id) => ({ jsonrpc: '2.0', id, method: 'held' }));
  fails(true);
  expect((await session.send({ body })).status).toBe(503);
  expect(held.calls).toEqual([]);
  expect(server.transport.inspect()).toMatchObject({ streams: [], inFlight: [] });
  fails(false);
  const answer = session.open({ body });
  for (const _ of body) (await held.begun()).answer({});
  expect((await (await answer).done()).messages).toHaveLength(2);
});

test.each([
  ['is out of reach', 503, new StoreUnreachable('away')],
  ['fails', 500, new Error('broken')],
])(
  '[E3] [B6] a store that %s when a GET asks what nobody was given: %i, and the next GET has it',
  async (_, status, error) => {
    const { backplane, fails } = failing({ unread: throws(error) });
    await using server = await serve({ backplane });
    const session = await server.session();
    server.transport.broadcast('notifications/n');
    fails(true);
    expect((await (await session.get()).done()).status).toBe(status);
    fails(false);
    expect((await (await session.get()).received(1)).messages).toEqual([{ jsonrpc: '2.0', method: 'notifications/n' }]);
  },
);

test.each([
  ['cannot be found', 'find', 503, new StoreUnreachable('away')],
  ['cannot be read', 'readAfter', 500, new Error('broken')],
] as const)(
  '[R1] [B6] a log that %s when a client resumes (%s): %i, and the next GET has it',
  async (_, step, status, error) => {
    const reject = () => Promise.reject(error);
    const { backplane, fails } = failing(step === 'find' ? {} : { readAfter: reject });
    await using server = await serve({ backplane });
    const session = await server.session();
    await session.answer('ping', {}, 1);
    const { find } = backplane.logs;
    if (step === 'find') backplane.logs.find = reject;
    fails(true);
    expect((await (await session.get('1.0')).done()).status).toBe(status);
    fails(false);
    backplane.logs.find = find;
    expect((await (await session.get('1.0')).done()).messages).toEqual([{ jsonrpc: '2.0', id: 1, result: {} }]);
  },
);

test('[S4] [B6] a session that the store cannot end: 503, it lives on, and the next DELETE ends it', async () => {
  const backplane = memory();
  const { end } = backplane.sessions;
  backplane.sessions.end = () => Promise.reject(new StoreUnreachable('away'));
  await using server = await serve({ backplane });
  const session = await server.session();
  const get = await session.get();
  expect((await session.delete()).status).toBe(503);
  expect([(await session.answer('ping')).status, get.state]).toEqual([200, 'arriving']);
  backplane.sessions.end = end;
  expect((await session.delete()).status).toBe(200);
  expect((await get.done()).state).toBe('ended');
});

/** A store in memory that is slow to say who takes a stream over, and to whom it is to be given. */
function lateTakeover() {
  const [asked, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const later = async <T>(ask: () => T): Promise<Awaited<T>> => {
    asked.resolve();
    await gate.promise;
    return await ask();
  };
  const backplane = otherLogs(memory(), (log) => ({
    takeOver: () => later(() => log.takeOver()),
    unread: () => later(() => log.unread()),
  }));
  return { backplane, asked: asked.promise, goOn: gate.resolve };
}

test('[P15] a request that is cancelled before the store has its stream never runs, and its stream ends', async () => {
  const { backplane, asked, goOn } = lateTakeover();
  await using server = await serve({ backplane });
  const session = await server.session();
  const answer = session.call('echo', {}, 1);
  await asked;
  await session.cancel(1);
  goOn();
  expect((await (await answer).done()).messages).toEqual([]);
  expect(server.handler.requests).toEqual([]);
  expect(server.transport.inspect()).toMatchObject({ streams: [], inFlight: [] });
});

test.each(['GET', 'POST'])(
  '[S3] [S4] a session that ends before the store has the stream of a %s: 404',
  async (verb) => {
    const { backplane, asked, goOn } = lateTakeover();
    await using server = await serve({ backplane });
    const session = await server.session();
    const answer = verb === 'GET' ? session.get() : session.call('echo', {}, 1);
    await asked;
    expect((await session.delete()).status).toBe(200);
    goOn();
    expectMissing(await (await answer).done(), 'deleted');
    expect(server.handler.requests).toEqual([]);
    expect(server.transport.inspect()).toMatchObject({ streams: [], inFlight: [] });
  },
);

test('[X1] an instance that ends before the store has the stream of a GET: 503, to be tried elsewhere', async () => {
  const { backplane, asked, goOn } = lateTakeover();
  await using server = await serve({ backplane: { ...backplane, shared: true } });
  const session = await server.session();
  const answer = session.get();
  await asked;
  await server.transport.close({ graceMs: 0 });
  goOn();
  const refused = await (await answer).done();
  expect([refused.status, refused.headers['retry-after']]).toEqual([503, '1']);
});

test('[X4] an event that the store refuses is traced, its reader is sent away, and the next one comes', async () => {
  const { backplane, fails } = failing({ append: throws(new Error('disk full')) });
  await using server = await serve({ backplane, traced: true });
  const session = await server.session();
  const get = await session.get();
  fails(true);
  server.transport.broadcast('notifications/lost');
  expect([(await get.done()).state, get.messages]).toEqual(['ended', []]);
  const failed = server.traces.filter(({ event }) => event.type === 'handler-failed');
  expect(failed).toEqual([
    {
      event: { type: 'handler-failed', method: 'event log', error: expect.stringContaining('disk full') },
      place: { session: expect.any(String), stream: '0' },
    },
  ]);
  fails(false);
  const next = await session.get();
  server.transport.broadcast('notifications/next');
  expect((await next.received(1)).messages).toEqual([{ jsonrpc: '2.0', method: 'notifications/next' }]);
});

test.each([true, undefined])(
  '[E5] [X4] a session whose stream the store cannot open misses a broadcast, and no other does (traced: %s)',
  async (traced) => {
    const backplane = memory();
    await using server = await serve({ backplane, ...(traced && { traced }) });
    const [unlucky, other] = [await server.session(), await server.session()];
    const open = backplane.logs.open.bind(backplane.logs);
    backplane.logs.open = (session, ...given) => {
      if (session === unlucky.id) throw new Error('no room');
      return open(session, ...given);
    };
    server.transport.broadcast('notifications/n');
    expect((await (await other.get()).received(1)).messages).toEqual([{ jsonrpc: '2.0', method: 'notifications/n' }]);
    expect(server.traces.filter(({ event }) => event.type === 'handler-failed')).toEqual(
      traced
        ? [
            {
              event: { type: 'handler-failed', method: 'notifications/n', error: expect.stringContaining('no room') },
              place: { session: maskSessionId(unlucky.id) },
            },
          ]
        : [],
    );
  },
);

test('[B6] a log that is out of reach when it is read is read again, and its reader waits', async () => {
  const { backplane, fails } = failing({ readAfter: throws(new StoreUnreachable('away')) });
  await using server = await serve({ backplane });
  const session = await server.session();
  // Nobody reads it yet.
  server.transport.broadcast('notifications/n', { n: 1 });
  fails(true);
  const back = await session.get();
  expect(back.messages).toEqual([]);
  fails(false);
  expect((await back.received(1)).messages).toEqual([{ jsonrpc: '2.0', method: 'notifications/n', params: { n: 1 } }]);
  expect(back.state).toBe('arriving');
});

test('[X4] [I2] a store that fails once a request has become a stream: the error comes on it, and is traced', async () => {
  const backplane = memory();
  let fail = (_: Error) => {};
  backplane.claims.acquire = () =>
    new Promise((_, reject) => {
      fail = reject;
    });
  const handler = testHandler({ 'tools/call': (_, context) => context.ask({ name: askFor('name') }, { once: true }) });
  await using server = await serve({ backplane, handler, keepAliveMs: 30, traced: true });
  const params = { name: 't', ...retryOf(await attempt(server), { name: accept({ name: 'Ann' }) }) };
  const meta = { [capabilitiesKey]: askable };
  const answer = await server.open(modernRequest('tools/call', { id: 'retry', params, meta }));
  await answer.until('a comment', ({ frames }) => frames.length > 0);
  fail(new Error('disk full'));
  await answer.done();
  expect([answer.status, answer.messages]).toEqual([
    200,
    [{ jsonrpc: '2.0', id: 'retry', error: { code: -32603, message: expect.stringMatching(/^Internal error/) } }],
  ]);
  expect(server.traces.map(({ event }) => event)).toContainEqual({
    type: 'handler-failed',
    method: 'tools/call',
    error: expect.stringContaining('disk full'),
  });
});

test('[X4] a log that cannot be read any more is traced, and its reader is sent away, to come back', async () => {
  const { backplane, fails } = failing({ readAfter: throws(new Error('bad sector')) });
  await using server = await serve({ backplane, traced: true });
  const session = await server.session();
  server.transport.broadcast('notifications/n');
  fails(true);
  const get = await session.get();
  expect([(await get.done()).state, get.messages]).toEqual(['ended', []]);
  const errors = server.traces.map(({ event }) => (event.type === 'handler-failed' ? event.error : undefined));
  expect(errors.filter(Boolean)).toEqual([expect.stringContaining('bad sector')]);
  fails(false);
  expect((await (await session.get()).received(1)).messages).toHaveLength(1);
});

test('[P15] a request that is cancelled while nobody reads leaves no stream behind', async () => {
  const held = heldMethod();
  await using server = await serve({ handler: testHandler({ held: held.method }) });
  const session = await server.session();
  const call = await session.call('held', {}, 'x');
  const { context } = await held.begun();
  call.destroy();
  await expect.poll(() => server.transport.inspect().streams.some(({ open }) => open)).toBe(false);
  await session.cancel('x');
  expect(context.signal.aborted).toBe(true);
  expect(server.transport.inspect().streams).toEqual([]);
});

test('[P15] [E8] a request that was cancelled has ended: its stream is forgotten, and nobody is hung up on', async () => {
  const held = heldMethod();
  await using server = await serve({ handler: testHandler({ held: held.method }) });
  const session = await server.session();
  const call = await session.call('held', {}, 'x');
  const { context } = await held.begun();
  await session.cancel('x');
  await call.done();
  expect(server.transport.inspect().streams).toEqual([]);
  expect(context.hangUp()).toBe(false);
});

/** A call whose store is out of reach when this is done, and is back afterwards. */
async function whileAway(emit: (call: HeldCall, session: ClientSession) => unknown, maxBufferedBytes = 1_000_000) {
  const stack = new AsyncDisposableStack();
  const held = heldMethod();
  const away = throws(new StoreUnreachable('away'));
  const { backplane, fails } = failing({ append: away, end: away });
  const options = { backplane, handler: testHandler({ held: held.method }), maxBufferedBytes };
  const server = stack.use(await serve({ ...options, traced: true }));
  const session = await server.session();
  const answer = await session.call('held', {}, 'x');
  const call = await held.begun();
  fails(true);
  await emit(call, session);
  fails(false);
  return { stack, server, session, call, answer };
}

test('[B6] [P15] what was said before a request is cancelled comes before the end, also when the store was away', async () => {
  const { stack, answer } = await whileAway(async ({ context }, session) => {
    for (const n of [1, 2]) context.notify('notifications/progress', { n });
    await session.cancel('x');
  });
  await using _ = stack;
  expect((await answer.done()).messages.map(({ params }) => params.n)).toEqual([1, 2]);
  expect(answer.state).toBe('ended');
});

test('[B6] [E9] more than can be kept while the store is away is dropped: traced, and the client sent away to come back', async () => {
  const text = 'x'.repeat(400);
  const { stack, server, session, call, answer } = await whileAway(({ context }) => {
    for (let n = 1; n <= 9; n++) context.notify('notifications/progress', { n, text });
  }, 2_000);
  await using _ = stack;
  expect([(await answer.done()).state, answer.messages]).toEqual(['ended', []]);
  const failed = server.traces.flatMap(({ event }) => (event.type === 'handler-failed' ? [event] : []));
  expect(failed).toHaveLength(5);
  for (const { method, error } of failed) {
    expect([method, error]).toEqual(['event log', expect.stringContaining('More was appended than can be kept')]);
  }
  const back = await (await session.get(answer.frames[0]?.id)).received(4);
  expect(back.messages.map(({ params }) => params.n)).toEqual([1, 2, 3, 4]);
  // All of it is settled: a hang-up waits for nothing.
  expect(call.context.hangUp()).toBe(true);
  await back.done();
  call.answer({});
  expect((await (await session.get(back.eventIds.at(-1))).done()).messages).toMatchObject([{ id: 'x', result: {} }]);
});

test('[B6] [R2] more was said than can be kept while the store is away: the answer comes all the same', async () => {
  const { stack, session, answer } = await whileAway((call) => {
    for (let n = 1; n <= 9; n++) call.context.notify('notifications/progress', { n, text: 'x'.repeat(400) });
    call.answer({ done: true });
  }, 2_000);
  await using _ = stack;
  await answer.done();
  const back = await (await session.get(answer.frames[0]?.id)).received(4);
  await back.done();
  expect(back.messages.at(-1)).toMatchObject({ id: 'x' });
});

test('[B6] [P15] more was said than can be kept while the store is away: a request that is cancelled ends all the same', async () => {
  const { stack, session, answer } = await whileAway(async (call, session) => {
    for (let n = 1; n <= 9; n++) call.context.notify('notifications/progress', { n, text: 'x'.repeat(400) });
    await session.cancel('x');
  }, 2_000);
  await using _ = stack;
  await answer.done();
  const back = await (await session.get(answer.frames[0]?.id)).received(4);
  await back.done();
});
