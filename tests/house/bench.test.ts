import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { findWrk } from '../../scripts/lib/system-packages.js';
import { median } from '../../src/bench/median.ts';
import { type BenchSeries, benchSchema } from '../../src/bench/schema.ts';
import { goals } from '../bench/goals.ts';
import { judge } from '../bench/harness/judge.ts';
import { take } from '../bench/harness/take.ts';
import { measures } from '../bench/measures/index.ts';

const written = benchSchema.parse(
  JSON.parse(readFileSync(new URL('../../content/measurements/bench.json', import.meta.url), 'utf8')),
);

describe('what was last written', () => {
  test('is of every measure, in their order and their words', () => {
    const words = ({ id, title, how }: { id: string; title: string; how: string }) => ({ id, title, how });
    expect(written.measures.map(words)).toEqual(measures.map(words));
  });

  test('was taken in at least five rounds, each value once for each of them', () => {
    expect(written.taken.rounds).toBeGreaterThanOrEqual(5);
    for (const { runs, cpuMicros } of written.measures.flatMap(({ series }) => series).flatMap(({ rows }) => rows)) {
      expect(runs).toHaveLength(written.taken.rounds);
      if (cpuMicros) expect(cpuMicros).toHaveLength(written.taken.rounds);
    }
  });

  test.each(goals)('answers the goal $measure $series $of', (goal) => {
    const measure = written.measures.find(({ id }) => id === goal.measure);
    const judged = judge(goal, measure?.series ?? []);
    const found = measure?.goals.find(({ text, of }) => text === judged.text && of === judged.of);
    // Figures are written with four digits.
    expect(found).toEqual({ ...judged, value: found?.value });
    expect(found?.value).toBeCloseTo(judged.value, 3 - Math.floor(Math.log10(Math.abs(judged.value))) - 1);
  });
});

describe('the table of goals', () => {
  test('is about measures that there are, and every measure has one', () => {
    expect([...new Set(goals.map(({ measure }) => measure))].sort()).toEqual(measures.map(({ id }) => id).sort());
  });

  test('has one bound for each', () => {
    for (const { atLeast, atMost } of goals) expect((atLeast === undefined) !== (atMost === undefined)).toBe(true);
  });
});

describe('a goal', () => {
  const row = (key: string, runs: number[], cpuMicros: number[]) =>
    ({ key, label: key, role: 'ours', runs, cpuMicros }) as const;
  const series: BenchSeries[] = [
    {
      key: 's',
      title: 's',
      unit: 'requests/s',
      rows: [row('a', [10, 20, 60], [4, 4, 1]), row('b', [20, 50, 60], [2, 2, 2])],
    },
  ];
  const goal = { measure: 'T1', series: 's', text: 'of b' } as const;

  test('compares round by round, and takes the median of that', () => {
    expect(judge({ ...goal, of: ['a', 'b'], atLeast: 0.5 }, series)).toMatchObject({ value: 0.5, met: true });
    expect(judge({ ...goal, of: ['a', 'b'], by: 'difference', atMost: -11 }, series)).toMatchObject({
      value: -10,
      met: false,
      isRatio: false,
    });
    expect(judge({ ...goal, of: ['a', 'b'], by: 'cpu', atMost: 2 }, series)).toMatchObject({ value: 2, met: true });
    expect(judge({ ...goal, of: ['a'], atMost: 19 }, series)).toMatchObject({ value: 20, met: false, isRatio: false });
  });

  test('names a row that is not there', () => {
    expect(() => judge({ ...goal, of: ['a', 'c'], atMost: 1 }, series)).toThrow('T1 has no row s/c');
  });

  test('of an even number of values the median is between the two in the middle', () => {
    expect(median([4, 1, 3, 100])).toBe(3.5);
  });
});

describe('the harness works', () => {
  const plan = { rounds: 1, seconds: 1, scale: 100 };
  // Only the benchmark itself asks for wrk: without it, what needs none is run.
  const ids = findWrk() ? ['T1', 'T7'] : ['T7'];

  test.each(ids)('%s, one tiny round', async (id) => {
    const measure = measures.find((each) => each.id === id);
    if (!measure) throw new Error(`There is no measure ${id}`);
    const { series, goals: judged } = await take(measure, plan);
    for (const { runs } of series.flatMap(({ rows }) => rows)) expect(runs).toHaveLength(1);
    expect(judged).toHaveLength(goals.filter((goal) => goal.measure === id).length);
  });
});
