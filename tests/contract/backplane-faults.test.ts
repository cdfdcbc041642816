/** A store that fails under a stream: what its client is told, and what is left of the session. */
import { expect, test } from 'vitest';
import { type Backplane, memory, StoreUnreachable, type StreamLog } from '../../playground-server/transport/index.ts';
import { heldMethod, testHandler } from './support/handler.ts';
import { serve } from './support/serve.ts';

/** The store in memory, with these instead of a log's own functions for as long as `fails` says so. */
function failing(instead: Partial<StreamLog>): { backplane: Backplane; fails: (isFailing: boolean) => void } {
  const backplane = memory();
  let isFailing = false;
  const wrap = (log: StreamLog): StreamLog =>
    new Proxy(log, {
      get: (target, name: keyof StreamLog) => {
        const own = (isFailing && instead[name]) || target[name];
        return own.bind(target);
      },
    });
  const { logs } = backplane;
  const { open, find } = logs;
  logs.open = (...given) => wrap(open.apply(logs, given));
  logs.find = async (...given) => {
    const found = await find.apply(logs, given);
    return found.kind === 'kept' ? { ...found, log: wrap(found.log) } : found;
  };
  return {
    backplane,
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
