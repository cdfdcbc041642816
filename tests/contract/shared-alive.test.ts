/** Who counts as alive among instances that share a store, to the millisecond, and who clears up after whom. */
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { roomyLog } from '../../playground-server/transport/backplane/behaviour/case.ts';
import { type Backplane, StoreUnreachable } from '../../playground-server/transport/index.ts';
import { Instances } from '../../playground-server/transport/instances.ts';
import { another, newSqlite } from './support/store.ts';

const beatMs = 1_000;
const deadAfterMs = 5_000;
const away = new StoreUnreachable('away');

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date'] });
  return () => vi.useRealTimers();
});

/** One of those that share a store, and what it was asked to tell. */
function instance(name: string, backplane: Backplane) {
  const faults: unknown[] = [];
  const appended: string[] = [];
  const instances = new Instances({
    backplane,
    bootId: name,
    appended: (session, stream) => appended.push(`${session}.${stream}`),
    failed: (error) => faults.push(error),
  });
  onTestFinished(() => instances.leave());
  const asked: unknown[] = [];
  /** What it says to whoever asks whether it is alive, each time. */
  const ask = () =>
    instances.whenAlive(
      () => asked.push('alive'),
      (error) => asked.push(error),
    );
  return { instances, backplane, faults, appended, asked, ask };
}

/** Whether someone holds the claim of an instance: it is alive, or cleared up after. */
function isClaimed({ claims }: Backplane, name: string): boolean {
  const fence = claims.acquire(`instance:${name}`, 1) as number | null;
  if (fence !== null) claims.release(`instance:${name}`, fence);
  return fence === null;
}

/** What an instance runs in a session, for which its client waits. */
function running(backplane: Backplane, owner: string, session = 's') {
  backplane.logs.open(session, '1', roomyLog, { request: 7, instance: owner });
  return async () => {
    const found = await backplane.logs.find(session, '1');
    return found.kind === 'kept' ? (await found.log.readAfter(0, 10)).events.map(({ json }) => json) : found.kind;
  };
}

const died = expect.stringContaining('"id":7,"error":{"code":-32603');

test('[B5] an instance is alive from its start on, for as long as it beats, and gone at once when it leaves', () => {
  const backplane = newSqlite();
  const { instances, asked, ask, faults } = instance('one', backplane);
  instances.start();
  ask();
  expect(asked).toEqual(['alive']);
  for (let n = 0; n < 20; n++) {
    vi.advanceTimersByTime(beatMs);
    expect(isClaimed(backplane, 'one')).toBe(true);
  }
  instances.leave();
  expect([isClaimed(backplane, 'one'), faults]).toEqual([false, []]);
  vi.advanceTimersByTime(2 * beatMs);
  expect(isClaimed(backplane, 'one')).toBe(false);
});

test('[B5] one that says nothing for five seconds is gone, and not before', () => {
  const backplane = newSqlite();
  const one = instance('one', backplane);
  one.instances.start();
  vi.advanceTimersByTime(beatMs);
  const two = instance('two', another(backplane));
  backplane.claims.renew = () => {
    throw away;
  };
  const stopped = Date.now();
  two.instances.start();
  vi.advanceTimersByTime(deadAfterMs - 1);
  expect(two.instances.isGone('one')).toBe(false);
  vi.advanceTimersByTime(1);
  expect([two.instances.isGone('one'), Date.now() - stopped]).toEqual([true, deadAfterMs]);
  // It was only looked at: whoever ends what it left can.
  expect(isClaimed(two.backplane, 'one')).toBe(false);
  expect(two.instances.isGone('two')).toBe(false);
});

test('[B5] a new instance takes nobody for dead before its second beat: all others have had theirs', async () => {
  const backplane = newSqlite();
  const answers = running(backplane, 'one');
  const two = instance('two', another(backplane));
  two.instances.start();
  expect([two.instances.isGone('one'), await answers()]).toEqual([false, []]);
  vi.advanceTimersByTime(beatMs / 2 - 1);
  expect(two.instances.isGone('one')).toBe(false);
  vi.advanceTimersByTime(1);
  expect(two.instances.isGone('one')).toBe(true);
  vi.advanceTimersByTime(beatMs / 2 - 1);
  expect(await answers()).toEqual([]);
  vi.advanceTimersByTime(1);
  expect([await answers(), two.appended, two.faults]).toEqual([[died], ['s.1'], []]);
  // Nobody looks after it for good.
  expect(isClaimed(backplane, 'one')).toBe(false);
});

test('[B5] what a living instance runs is left alone, and so is what the next one runs', async () => {
  const backplane = newSqlite();
  const one = instance('one', backplane);
  const two = instance('two', another(backplane));
  one.instances.start();
  two.instances.start();
  const answers = [running(backplane, 'one', 's'), running(backplane, 'two', 't')];
  vi.advanceTimersByTime(20 * beatMs);
  for (const answered of answers) expect(await answered()).toEqual([]);
});

test('[B5] [B6] one whose store was away takes nobody for dead until its second beat from then on', async () => {
  const backplane = newSqlite();
  const answers = running(backplane, 'dead');
  const held = another(backplane);
  held.claims.acquire('instance:dead', 2 * beatMs);
  const one = instance('one', backplane);
  one.instances.start();
  const renew = vi.spyOn(backplane.claims, 'renew').mockImplementation(() => {
    throw away;
  });
  vi.advanceTimersByTime(2 * beatMs);
  expect(one.faults).toEqual([away, away]);
  renew.mockRestore();
  vi.advanceTimersByTime(beatMs);
  // The claim of the dead one is free by now.
  expect([one.instances.isGone('dead'), await answers()]).toEqual([false, []]);
  vi.advanceTimersByTime(beatMs / 2 - 1);
  expect(one.instances.isGone('dead')).toBe(false);
  vi.advanceTimersByTime(1);
  expect(one.instances.isGone('dead')).toBe(true);
  vi.advanceTimersByTime(beatMs / 2);
  expect(await answers()).toEqual([died]);
});

test('[B5] [B6] one that others took for dead counts as alive when they are done, and until then runs nothing', () => {
  const backplane = newSqlite();
  const one = instance('one', backplane);
  one.instances.start();
  // It stands still, and someone clears up after it.
  vi.setSystemTime(Date.now() + deadAfterMs);
  const fence = another(backplane).claims.acquire('instance:one', 1.5 * beatMs);
  expect(fence).toBeGreaterThan(0);
  vi.advanceTimersByTime(beatMs);
  one.ask();
  expect(one.asked).toEqual([new StoreUnreachable('Another instance ends what this one left when it stood still.')]);
  // It stood still: the others may have as well.
  expect(one.instances.isGone('anyone')).toBe(false);
  vi.advanceTimersByTime(beatMs);
  one.ask();
  expect([one.asked.at(-1), isClaimed(backplane, 'one'), one.faults]).toEqual(['alive', true, []]);
  vi.advanceTimersByTime(1.5 * beatMs - 1);
  expect(one.instances.isGone('anyone')).toBe(false);
  vi.advanceTimersByTime(1);
  expect(one.instances.isGone('anyone')).toBe(true);
});

test('[B5] [B6] while a store is slow to answer one claim is asked for, and all who wait hear of it', async () => {
  const backplane = newSqlite();
  const { promise, resolve } = Promise.withResolvers<number | null>();
  const acquire = vi.spyOn(backplane.claims, 'acquire').mockReturnValue(promise);
  const { instances, asked, ask } = instance('one', backplane);
  instances.start();
  ask();
  ask();
  vi.advanceTimersByTime(3 * beatMs);
  expect([acquire.mock.calls.length, asked]).toEqual([1, []]);
  acquire.mockRestore();
  resolve(backplane.claims.acquire('instance:one', deadAfterMs));
  await vi.waitUntil(() => asked.length === 2);
  ask();
  expect(asked).toEqual(['alive', 'alive', 'alive']);
});

test('[B5] [B6] one that cannot claim says why to all who wait, and tries again when it is asked, or beats', () => {
  const backplane = newSqlite();
  const acquire = vi.spyOn(backplane.claims, 'acquire').mockImplementation(() => {
    throw away;
  });
  const { instances, asked, ask, faults } = instance('one', backplane);
  ask();
  expect([asked, faults]).toEqual([[away], [away]]);
  instances.start();
  expect(acquire).toHaveBeenCalledTimes(2);
  acquire.mockRestore();
  ask();
  expect(asked).toEqual([away, 'alive']);
});

test('[B5] one that leaves without a claim gives back none', () => {
  const backplane = newSqlite();
  const release = vi.spyOn(backplane.claims, 'release');
  const { instances } = instance('one', backplane);
  instances.leave();
  expect(release).not.toHaveBeenCalled();
});

test.each(['owing', 'unfinished', 'finish'] as const)(
  '[B5] [B6] should the store fail when asked for %s, the next beat ends what the dead one left',
  async (method) => {
    const backplane = newSqlite();
    const answers = running(backplane, 'dead');
    const one = instance('one', backplane);
    one.instances.start();
    const fails = vi.spyOn(backplane.logs, method).mockImplementation(() => {
      throw away;
    });
    vi.advanceTimersByTime(beatMs);
    expect([one.faults, await answers()]).toEqual([[away], []]);
    fails.mockRestore();
    // Whoever asked for it holds the claim of the dead one for a while.
    vi.advanceTimersByTime(3 * beatMs);
    expect([await answers(), one.appended]).toEqual([[died], ['s.1']]);
  },
);

test('[B5] [B6] a claim that the store fails to give is told of, and asked for again', async () => {
  const backplane = newSqlite();
  const answers = running(backplane, 'dead');
  const one = instance('one', backplane);
  one.instances.start();
  const fails = vi.spyOn(backplane.claims, 'acquire').mockImplementation(() => {
    throw away;
  });
  vi.advanceTimersByTime(beatMs);
  expect([one.faults, await answers()]).toEqual([[away], []]);
  fails.mockRestore();
  vi.advanceTimersByTime(beatMs);
  expect(await answers()).toEqual([died]);
});

test('[B5] what a dead instance left is ended by one alone, and the claim it took is given back', async () => {
  const backplane = newSqlite();
  running(backplane, 'dead');
  const all = [instance('one', backplane), instance('two', another(backplane))];
  for (const { instances } of all) instances.start();
  vi.advanceTimersByTime(beatMs);
  expect(all.flatMap(({ appended }) => appended)).toEqual(['s.1']);
  expect(isClaimed(backplane, 'dead')).toBe(false);
});
