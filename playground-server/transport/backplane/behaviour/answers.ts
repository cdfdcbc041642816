import { type Case, range, record, roomy } from './case.ts';
import { same } from './check.ts';

export const answerCases: readonly Case[] = [
  {
    title: 'an answer that one process keeps is read by another, until it is dropped',
    rules: ['C1'],
    async run({ one, two }) {
      await one.sessions.create(record('s'), roomy);
      await one.sessions.create(record('other'), roomy);
      same(await two.sessions.readAnswer('s', 'q'), null);
      await one.sessions.keepAnswer('s', 'q', '{"first":"✓"}');
      await one.sessions.keepAnswer('s', 'another', '{"another":1}');
      same(await two.sessions.readAnswer('other', 'q'), null);
      same(await two.sessions.readAnswer('s', 'q'), '{"first":"✓"}');
      same(await one.sessions.readAnswer('s', 'q'), '{"first":"✓"}');
      await two.sessions.dropAnswer('s', 'q');
      same([await two.sessions.readAnswer('s', 'q'), await one.sessions.readAnswer('s', 'q')], [null, null]);
      await two.sessions.dropAnswer('s', 'never was');
      same(await one.sessions.readAnswer('s', 'another'), '{"another":1}');
    },
  },
  {
    title: 'the first answer to a question is the one that is kept',
    rules: ['C1'],
    async run({ one, two }) {
      await one.sessions.create(record('s'), roomy);
      await one.sessions.keepAnswer('s', 'q', '1');
      await two.sessions.keepAnswer('s', 'q', '2');
      same(await two.sessions.readAnswer('s', 'q'), '1');
    },
  },
  {
    title: 'no more answers are kept than a session may have: the newest, and none of a session that has ended',
    rules: ['C1', 'S3'],
    async run({ one, two }) {
      await one.sessions.create(record('s'), roomy);
      for (const n of range(1, 70)) await (n % 2 ? one : two).sessions.keepAnswer('s', `q${n}`, String(n));
      same(await two.sessions.readAnswer('s', 'q1'), null);
      same(await two.sessions.readAnswer('s', 'q70'), '70');
      await one.sessions.end('s', 'deleted');
      await two.sessions.keepAnswer('s', 'late', '1');
      same([await one.sessions.readAnswer('s', 'q69'), await one.sessions.readAnswer('s', 'late')], [null, null]);
    },
  },
  {
    title: 'an answer that nobody drops is gone after a minute, and the next one is kept',
    rules: ['C1'],
    needs: 'settableClock',
    async run({ one, two, pass }) {
      await one.sessions.create(record('s'), roomy);
      await one.sessions.keepAnswer('s', 'early', '1');
      pass(59_000);
      await one.sessions.keepAnswer('s', 'q', '1');
      same(await two.sessions.readAnswer('s', 'early'), '1');
      pass(60_001);
      same(await two.sessions.readAnswer('s', 'q'), null);
      await one.sessions.keepAnswer('s', 'q', '2');
      pass(60_001);
      await one.sessions.keepAnswer('s', 'q', '3');
      same(await two.sessions.readAnswer('s', 'q'), '3');
    },
  },
];
