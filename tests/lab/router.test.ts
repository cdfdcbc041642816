import { describe, expect, test } from 'vitest';
import { type Candidate, chooseProcess } from '../../playground-server/lab/choice.ts';
import { Router } from '../../playground-server/lab/router.ts';

const four = (dead: string[] = []): Candidate[] =>
  ([1, 2, 3, 4] as const).map((n) => ({ name: `p${n}`, pid: 100 + n, alive: !dead.includes(`p${n}`) }));
const connection = (name: string, closed = new Set<string>()) => ({
  key: name,
  name,
  isClosed: () => closed.has(name),
});

/** The processes that so many requests of one connection go to. */
const choices = (router: Router, times: number, candidates = four(), name = 'c1') =>
  Array.from({ length: times }, () => router.choose(connection(name), candidates).process);

describe('round robin', () => {
  test('takes each process in turn, whatever connection a request came on', () => {
    const router = new Router('round-robin', 'fresh');
    expect(choices(router, 5)).toEqual(['p1', 'p2', 'p3', 'p4', 'p1']);
    expect(router.choose(connection('c2'), four())).toEqual({ process: 'p2', why: 'Round robin: p2 was next.' });
  });

  test('passes over the dead, and says so', () => {
    const router = new Router('round-robin', 'fresh');
    expect(choices(router, 4, four(['p2', 'p3']))).toEqual(['p1', 'p4', 'p1', 'p4']);
    choices(router, 1);
    expect(router.choose(connection('c1'), four(['p2', 'p3']))).toEqual({
      process: 'p4',
      why: 'Round robin: p2 was next, but is dead; p4 follows.',
    });
  });

  test('with none alive goes on in turn: whoever relays finds nobody there', () => {
    const router = new Router('round-robin', 'fresh');
    const dead = four(['p1', 'p2', 'p3', 'p4']);
    expect(choices(router, 3, dead)).toEqual(['p1', 'p2', 'p3']);
    expect(router.choose(connection('c1'), dead).why).toBe('Round robin: p4 was next, and no process is alive.');
  });

  test('says whose turn is next', () => {
    const router = new Router('round-robin', 'fresh');
    expect(router.state(four())).toEqual({ policy: 'round-robin', connection: 'fresh', next: 'p1' });
    choices(router, 1);
    expect(router.state(four()).next).toBe('p2');
    expect(router.state(four(['p2'])).next).toBe('p3');
  });
});

describe('a kept connection', () => {
  test('is chosen for once, each by itself', () => {
    const router = new Router('round-robin', 'kept');
    expect(router.choose(connection('a'), four()).why).toBe('Round robin: p1 was next. The connection stays with it.');
    expect(choices(router, 3, four(), 'b')).toEqual(['p2', 'p2', 'p2']);
    expect(router.choose(connection('a'), four())).toEqual({
      process: 'p1',
      why: 'This connection already goes to p1.',
    });
    expect(router.state(four())).toMatchObject({
      next: 'p3',
      kept: [
        { connection: 'b', process: 'p2' },
        { connection: 'a', process: 'p1' },
      ],
    });
  });

  test('whose process died is chosen for anew, and says so', () => {
    const router = new Router('round-robin', 'kept');
    choices(router, 1);
    expect(router.choose(connection('c1'), four(['p1']))).toEqual({
      process: 'p2',
      why: 'This connection went to p1, which died. Round robin: p2 was next. The connection stays with it.',
    });
    expect(choices(router, 2)).toEqual(['p2', 'p2']);
  });

  test('is not kept for a successor of the same name: that is another process', () => {
    const router = new Router('round-robin', 'kept');
    choices(router, 1);
    const successor = four().map((each) => (each.name === 'p1' ? { ...each, pid: 999 } : each));
    expect(router.choose(connection('c1'), successor).why).toContain('went to p1, which died');
    expect(choices(router, 1, successor)).toEqual(['p2']);
  });

  test('is forgotten when it closes, and when the mode changes', () => {
    const router = new Router('round-robin', 'kept');
    const closed = new Set<string>();
    router.choose(connection('c0', closed), four());
    expect(router.state(four()).kept).toHaveLength(1);
    closed.add('c0');
    expect(router.state(four()).kept).toEqual([]);
    expect(choices(router, 2)).toEqual(['p2', 'p2']);
    expect(router.setMode('kept')).toBe(false);
    expect(router.setMode('fresh')).toBe(true);
    expect(choices(router, 2)).toEqual(['p3', 'p4']);
    expect(router.setMode('kept')).toBe(true);
    expect(choices(router, 2)).toEqual(['p1', 'p1']);
  });

  test('is one of a thousand at most: names cost nothing, and those used longest ago are forgotten', () => {
    const router = new Router('round-robin', 'kept');
    for (let i = 0; i < 1500; i++) router.choose(connection(`n${i}`), four());
    const { kept = [] } = router.state(four());
    expect(kept).toHaveLength(1000);
    expect(kept.at(-1)?.connection).toBe('n1499');
    expect(kept[0]?.connection).toBe('n500');
  });
});

test('with one process there is nothing to choose', () => {
  const router = new Router('none', 'kept');
  const [only] = four() as [Candidate];
  expect(router.choose(connection('c1'), [{ ...only, alive: false }])).toEqual({
    process: 'p1',
    why: 'It is the only process.',
  });
  expect(router.state([only])).toEqual({ policy: 'none', connection: 'kept' });
  const none = { policy: 'round-robin', mode: 'fresh', candidates: [], turn: 0, kept: undefined } as const;
  expect(() => chooseProcess(none)).toThrow(RangeError);
});

describe('a session', () => {
  const sessionsOf = (router: Router) => router.state(four()).sessions ?? [];

  test('goes by its hash, and its process is remembered in order of use', () => {
    const router = new Router('hash', 'fresh');
    const choose = (session?: string) => router.choose(connection('c1'), four(), session).process;
    expect(choose()).toBeDefined();
    expect(sessionsOf(router)).toEqual([]);
    const [first, second] = [choose('first session'), choose('second session')];
    expect(choose('first session')).toBe(first);
    expect(sessionsOf(router).map(({ process }) => process)).toEqual([second, first]);
  });

  test('is learned from the first answer that names it, and only where the router is sticky', () => {
    const router = new Router('sticky', 'fresh');
    router.learn('mine', 'p3');
    router.learn('mine', 'p4');
    expect(router.choose(connection('c1'), four(), 'mine').process).toBe('p3');
    expect(sessionsOf(router).map(({ process }) => process)).toEqual(['p3']);
    const hashing = new Router('hash', 'fresh');
    hashing.learn('mine', 'p3');
    expect(sessionsOf(hashing)).toEqual([]);
  });

  test('is one of a thousand at most: those used longest ago are forgotten', () => {
    const router = new Router('sticky', 'fresh');
    for (let n = 0; n < 1000; n++) router.learn(`session ${n}`, 'p2');
    expect(sessionsOf(router)).toHaveLength(1000);
    router.learn('one more', 'p4');
    expect(sessionsOf(router)).toHaveLength(1000);
    const whyOf = (session: string) => router.choose(connection('c1'), four(), session).why;
    expect([whyOf('session 1'), whyOf('one more')]).toEqual([
      'Learned: p2 opened this session.',
      'Learned: p4 opened this session.',
    ]);
    expect(whyOf('session 0')).not.toContain('Learned: p2');
  });
});

test('a change of mode says whether it was one', () => {
  const router = new Router('round-robin', 'fresh');
  expect([router.mode, router.setMode('fresh'), router.setMode('kept'), router.mode]).toEqual([
    'fresh',
    false,
    true,
    'kept',
  ]);
});
