import { describe, expect, test } from 'vitest';
import { type Candidate, chooseProcess, hashOrder, type Question } from '../../playground-server/lab/choice.ts';
import { Router } from '../../playground-server/lab/router.ts';

const names = ['p1', 'p2', 'p3', 'p4'] as const;
const four = (dead: string[] = []): Candidate[] =>
  names.map((name, i) => ({ name, pid: 100 + i, alive: !dead.includes(name) }));
const connection = { key: 'c1', name: 'c1', isClosed: () => false };
const ask = (over: Partial<Question>) =>
  chooseProcess({ policy: 'hash', mode: 'fresh', candidates: four(), turn: 1, kept: undefined, ...over });

describe('a hash of the session id', () => {
  test('sends one id always to the same process, whoever minted it, and never moves the turn', () => {
    const first = ask({ session: 'abc' });
    expect(first.turn).toBe(1);
    for (const turn of [0, 2, 3]) expect(ask({ session: 'abc', turn }).process).toBe(first.process);
    expect(first.why).toBe(`The hash of the session id says ${first.process}.`);
  });

  test('spreads a thousand ids over all four, each with 150 to 350', () => {
    const counts = new Map<string, number>();
    for (let i = 0; i < 1000; i++) {
      const [first] = hashOrder(`session-${i}`, names) as ['p1'];
      counts.set(first, (counts.get(first) ?? 0) + 1);
    }
    expect([...counts.keys()].sort()).toEqual([...names]);
    for (const count of counts.values()) expect(count > 150 && count < 350).toBe(true);
  });

  test('moves only the sessions of the process that is dead, and says so', () => {
    for (let i = 0; i < 50; i++) {
      const session = `s${i}`;
      const before = ask({ session }).process;
      const after = ask({ session, candidates: four(['p2']) });
      expect(after.process).not.toBe('p2');
      if (before === 'p2') expect(after.why).toContain('p2, which is dead');
      else expect(after.process).toBe(before);
    }
  });

  test('has nothing to hash before there is a session: the round robin takes it', () => {
    const choice = ask({ session: undefined });
    expect([choice.process, choice.turn]).toEqual(['p2', 2]);
    expect(choice.why).toBe('There is no session id to hash yet. Round robin: p2 was next.');
  });
});

describe('learned affinity', () => {
  test('goes to whoever opened the session', () => {
    const choice = ask({ policy: 'sticky', session: 's', learned: 'p4' });
    expect([choice.process, choice.turn, choice.why]).toEqual(['p4', 1, 'Learned: p4 opened this session.']);
  });

  test('goes on in turn when the owner is dead, and says so', () => {
    const choice = ask({ policy: 'sticky', session: 's', learned: 'p4', candidates: four(['p4']) });
    expect(choice.process).toBe('p2');
    expect(choice.why).toBe('Learned: p4 opened this session, but is dead. Round robin: p2 was next.');
  });

  test('knows nothing of an id that no answer named', () => {
    const choice = ask({ policy: 'sticky', session: 's', learned: undefined });
    expect(choice.why).toBe('No answer ever named this session id. Round robin: p2 was next.');
  });

  test('is learned once, by the first answer, shown masked, and forgotten in order of use', () => {
    const router = new Router('sticky', 'fresh');
    router.learn('0123456789abcdef', 'p3');
    router.learn('0123456789abcdef', 'p1');
    expect(router.choose(connection, four(), '0123456789abcdef').process).toBe('p3');
    expect(router.state(four()).sessions).toEqual([{ session: '0123…ef', process: 'p3' }]);
    for (let i = 0; i < 1000; i++) router.learn(`s${i}`, 'p1');
    expect(router.choose(connection, four(), '0123456789abcdef').why).toContain('No answer ever named');
  });
});
