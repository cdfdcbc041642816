/** What one instance has to know of what others did, while nobody looks by himself: told late, or found in the store. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { StoreUnreachable } from '../../playground-server/transport/index.ts';
import { maskSessionId } from '../../playground-server/transport/trace.ts';
import { until } from '../setup/until.ts';
import { ClientSession, latest } from './support/client.ts';
import { heldMethod, testHandler } from './support/handler.ts';
import { type Hearing, hearing } from './support/hearing.ts';
import { askingHandler, canAll, question, respond } from './support/questions.ts';
import { rows } from './support/rows.ts';
import { type Served, serve } from './support/serve.ts';
import { another, newSqlite, pathOf } from './support/store.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
});
afterEach(() => {
  vi.useRealTimers();
});

const heardLate = ({ hear }: Hearing) => hear();
const missed = ({ interrupt }: Hearing) => interrupt();
const neverTold = () => void vi.advanceTimersByTime(5_000);
const traced = (server: Served, type: string) => server.traces.filter(({ event }) => event.type === type);

/** One asks, and the client answers through the other while the first one is deaf. */
async function answeredElsewhere({ traced, before = () => {} }: { traced?: true; before?: (ears: Hearing) => void }) {
  const stack = new AsyncDisposableStack();
  const backplane = newSqlite();
  const ears = hearing(another(backplane));
  const options = { backplane: ears.backplane, handler: askingHandler(), ...(traced && { traced }) };
  const one = stack.use(await serve(options));
  const two = stack.use(await serve({ backplane }));
  const session = await one.session(latest, canAll);
  const call = await session.call('ask', { method: 'roots/list' }, 'a');
  const { id } = await question(call);
  before(ears);
  ears.deafen();
  await respond(new ClientSession(two, session.id, latest), id, { roots: [] });
  await until('the answer to be told of', () => ears.waits('answer'));
  return { stack, ears, one, session, call, id, answers: () => rows(pathOf(backplane)).answers };
}

const given = { jsonrpc: '2.0', id: 'a', result: { given: { roots: [] } } };

test.each([
  ['is told of late', heardLate, undefined],
  ['may have missed', missed, true],
  ['was never told of', neverTold, true],
] as const)('[C1] [B8] an answer to another instance that who asked %s is found, once', async (_, find, traces) => {
  const { stack, ears, one, session, call, id, answers } = await answeredElsewhere({
    ...(traces && { traced: traces }),
    // There is nothing to be found yet.
    before: find,
  });
  await using _stack = stack;
  expect([traced(one, 'client-answered'), answers()]).toEqual([[], 1]);
  find(ears);
  expect((await call.done()).messages.at(-1)).toEqual(given);
  expect(answers()).toBe(0);
  if (!traces) return;
  const place = { session: maskSessionId(session.id) };
  expect(traced(one, 'client-answered')).toEqual([{ event: { type: 'client-answered', id, waiting: true }, place }]);
  expect(traced(one, 'handler-failed')).toEqual([]);
});

test('[C1] [B8] an answer that comes while it is looked for in vain is there when it is told of', async () => {
  const inVain = Promise.withResolvers<void>();
  const { stack, ears, call } = await answeredElsewhere({
    before: ({ backplane: { sessions }, interrupt }) => {
      const { readAnswer } = sessions;
      sessions.readAnswer = async (...asked) => {
        const json = await readAnswer.apply(sessions, asked);
        await inVain.promise;
        return json;
      };
      interrupt();
    },
  });
  await using _ = stack;
  inVain.resolve();
  await nextTurn();
  ears.hear();
  expect((await call.done()).messages.at(-1)).toEqual(given);
});

test('[C1] [B6] an answer that the store does not give is looked for again, and each failure is traced', async () => {
  const { stack, ears, one, session, call } = await answeredElsewhere({ traced: true });
  await using _ = stack;
  const { sessions } = ears.backplane;
  const { readAnswer } = sessions;
  const failures = ['first', 'second'];
  sessions.readAnswer = (...asked) => {
    const failure = failures.shift();
    if (failure) throw new StoreUnreachable(failure);
    return readAnswer.apply(sessions, asked);
  };
  sessions.dropAnswer = () => Promise.reject(new StoreUnreachable('third'));
  ears.hear();
  expect((await call.done()).messages.at(-1)).toEqual(given);
  await until('the last one to be traced', () => traced(one, 'handler-failed').length === 3);
  expect(traced(one, 'handler-failed')).toEqual(
    ['first', 'second', 'third'].map((failure) => ({
      event: { type: 'handler-failed', method: 'answer', error: expect.stringContaining(failure) },
      place: { session: maskSessionId(session.id) },
    })),
  );
});

test.each([
  ['is told of late', heardLate],
  ['may have missed', missed],
])('[E5] [B6] what its client follows, and an instance %s: it goes by that, alone', async (_, find) => {
  const backplane = newSqlite();
  const handler = testHandler({
    follow: async ({ uri }, { session }) => {
      await session.subscribe(String(uri));
      return {};
    },
  });
  const ears = hearing(another(backplane));
  await using one = await serve({ backplane, handler });
  await using two = await serve({ backplane: ears.backplane });
  const session = await one.session();
  const get = await new ClientSession(two, session.id, latest).get();
  ears.deafen();
  await session.answer('follow', { uri: 'file:///followed' });
  await until('the change to be told of', () => ears.waits('changed'));
  find(ears);
  // Nobody else can tell the client.
  await one.transport.close({ graceMs: 0 });
  for (const uri of ['file:///other', 'file:///followed']) {
    two.transport.broadcast('notifications/resources/updated', { uri });
  }
  expect((await get.received(1)).messages).toMatchObject([{ params: { uri: 'file:///followed' } }]);
});

test.each([
  ['throws', true],
  ['throws', undefined],
  ['rejects', true],
] as const)(
  '[B6] [X4] a store that %s when sessions are read anew (traced: %s): each goes on with what it missed',
  async (how, traces) => {
    const backplane = newSqlite();
    const ears = hearing(another(backplane));
    const held = heldMethod();
    await using one = await serve({ backplane, handler: testHandler({ held: held.method }) });
    await using two = await serve({ backplane: ears.backplane, ...(traces && { traced: traces }) });
    const sessions = [await one.session(), await one.session()];
    const streams = [];
    for (const session of sessions) {
      const call = await session.call('held');
      await call.until('its id', ({ frames }) => frames.length === 1);
      call.destroy();
      streams.push(await new ClientSession(two, session.id, latest).get(call.frames[0]?.id));
    }
    ears.deafen();
    for (const _ of sessions) (await held.begun()).answer({ done: true });
    await until('both to be stored', () => one.transport.inspect().inFlight.length === 0);
    ears.backplane.sessions.admit = () => {
      if (how === 'throws') throw new StoreUnreachable('away');
      return Promise.reject(new StoreUnreachable('away'));
    };
    ears.interrupt();
    for (const stream of streams) expect((await stream.done()).messages).toMatchObject([{ result: { done: true } }]);
    if (!traces) return;
    await until('both failures to be traced', () => traced(two, 'handler-failed').length === 2);
    expect(traced(two, 'handler-failed')).toEqual(
      sessions.map(({ id }) => ({
        event: { type: 'handler-failed', method: 'session', error: expect.stringContaining('away') },
        place: { session: maskSessionId(id) },
      })),
    );
  },
);
test('[C1] [X2] an answer that was found before it was told of is traced once', async () => {
  const { stack, ears, one, call } = await answeredElsewhere({ traced: true });
  await using _ = stack;
  ears.interrupt();
  await call.done();
  ears.hear();
  expect(traced(one, 'client-answered')).toMatchObject([{ event: { waiting: true } }]);
});
