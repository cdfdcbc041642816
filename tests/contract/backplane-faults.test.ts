/** A store that fails under a stream: what its client is told, and what is left of the session. */
import { expect, test } from 'vitest';
import { type Backplane, memory, StoreUnreachable, type StreamLog } from '../../playground-server/transport/index.ts';
import { heldMethod, testHandler } from './support/handler.ts';
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
