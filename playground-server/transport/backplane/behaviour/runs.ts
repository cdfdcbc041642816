import type { BeginOutcome, Run, RunLimits } from '../backplane.ts';
import { type Case, range, record, roomy } from './case.ts';
import { same } from './check.ts';

const limits = (maxInFlight: number, uniqueIds = false): RunLimits => ({ maxInFlight, uniqueIds });
const run = (number: number, instance = 'first', request: Run['request'] = number): Run => ({
  request,
  instance,
  number,
});

/** In any order. */
function sorted(outcome: BeginOutcome): BeginOutcome {
  return outcome.kind === 'begun' ? outcome : { ...outcome, instances: [...outcome.instances].sort() };
}

export const runCases: readonly Case[] = [
  {
    title: 'no more requests run in a session than may, whichever process they begin in, and each session has its own',
    rules: ['P17', 'B7'],
    async run({ one, two }) {
      await one.sessions.create(record('s'), roomy);
      await one.sessions.create(record('other'), roomy);
      const begin = (n: number) =>
        (n % 2 ? one : two).sessions.begin('s', [run(n, n % 2 ? 'first' : 'second')], limits(6));
      const outcomes = await Promise.all(range(1, 20).map(begin));
      same(outcomes.filter(({ kind }) => kind === 'begun').length, 6);
      same(sorted(await one.sessions.begin('s', [run(30)], limits(6))).kind, 'full');
      same(await two.sessions.begin('other', [run(31)], limits(1)), { kind: 'begun' });
    },
  },
  {
    title: 'of several requests all begin, or none does',
    rules: ['P6', 'P17'],
    async run({ one, two }) {
      await one.sessions.create(record('s'), roomy);
      same(await one.sessions.begin('s', [run(1), run(2)], limits(3)), { kind: 'begun' });
      same(await two.sessions.begin('s', [run(1, 'second'), run(2, 'second')], limits(3)), {
        kind: 'full',
        instances: ['first'],
      });
      same(await two.sessions.begin('s', [run(1, 'second')], limits(3)), { kind: 'begun' });
      same(sorted(await two.sessions.begin('s', [run(3)], limits(3))), {
        kind: 'full',
        instances: ['first', 'second'],
      });
    },
  },
  {
    title: 'an id runs once at a time where ids have to be unique, and 1 and "1" are different ids',
    rules: ['P13', 'B7'],
    async run({ one, two }) {
      await one.sessions.create(record('s'), roomy);
      same(await one.sessions.begin('s', [run(1, 'first', 1)], limits(9, true)), { kind: 'begun' });
      same(await two.sessions.begin('s', [run(1, 'second', 'free'), run(2, 'second', 1)], limits(9, true)), {
        kind: 'duplicate',
        request: 1,
        instances: ['first'],
      });
      same(await two.sessions.begin('s', [run(3, 'second', '1')], limits(9, true)), { kind: 'begun' });
      same(await two.sessions.begin('s', [run(4, 'second', 'free')], limits(9, true)), { kind: 'begun' });
      same(await two.sessions.begin('s', [run(5, 'second', 1)], limits(9)), { kind: 'begun' });
    },
  },
  {
    title: 'what is finished makes room at once, and what is not there can be finished',
    rules: ['P13', 'P17', 'B7'],
    async run({ one, two }) {
      await one.sessions.create(record('s'), roomy);
      await one.sessions.begin('s', [run(1), run(2)], limits(2, true));
      await one.sessions.finish('s', 'first', [1, 7]);
      same(await two.sessions.begin('s', [run(1, 'second', 1)], limits(2, true)), { kind: 'begun' });
      same(sorted(await two.sessions.begin('s', [run(2, 'second', 3)], limits(2))).kind, 'full');
      await two.sessions.finish('never was', 'first', [1]);
    },
  },
  {
    title: 'what one process was running is finished by another, all of it and nothing else',
    rules: ['B5', 'B7'],
    async run({ one, two }) {
      await one.sessions.create(record('s'), roomy);
      await one.sessions.begin('s', [run(1), run(2), run(3)], limits(9));
      await two.sessions.begin('s', [run(1, 'second', 'own')], limits(9));
      await two.sessions.finish('s', 'first');
      same(await two.sessions.begin('s', [run(2, 'second'), run(3, 'second')], limits(3)), { kind: 'begun' });
      same(await one.sessions.begin('s', [run(4, 'first', 'own')], limits(9, true)), {
        kind: 'duplicate',
        request: 'own',
        instances: ['second'],
      });
    },
  },
  {
    title: 'nothing is counted in a session that has ended, or never was',
    rules: ['S3'],
    async run({ one, two }) {
      await one.sessions.create(record('s'), roomy);
      await one.sessions.begin('s', [run(1)], limits(1));
      await two.sessions.end('s', 'deleted');
      for (const session of ['s', 'never was']) {
        for (const n of [1, 2, 3]) same(await one.sessions.begin(session, [run(n)], limits(1)), { kind: 'begun' });
      }
    },
  },
];
