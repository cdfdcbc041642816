import { median } from '../../../src/bench/median.ts';
import type { BenchGoal, BenchRow, BenchSeries } from '../../../src/bench/schema.ts';
import type { Goal } from '../goals.ts';

/** Rounds are compared one by one, since what else the machine did was the same for both; then the median is taken. */
export function judge(goal: Goal, series: readonly BenchSeries[]): BenchGoal {
  const rows = series.find(({ key }) => key === goal.series)?.rows ?? [];
  const row = (key: string): BenchRow => {
    const found = rows.find((each) => each.key === key);
    if (!found) throw new Error(`${goal.measure} has no row ${goal.series}/${key}, which a goal is about`);
    return found;
  };
  const [key, other] = goal.of;
  const by = goal.by ?? 'ratio';
  const valuesOf = (name: string) => (by === 'cpu' ? (row(name).cpuMicros ?? []) : row(name).runs);
  const value = median(
    valuesOf(key).map((run, round) => {
      if (other === undefined) return run;
      const compared = valuesOf(other)[round] as number;
      return by === 'difference' ? run - compared : run / compared;
    }),
  );
  const { atLeast, atMost, text } = goal;
  return {
    series: goal.series,
    text,
    of: goal.of.join(by === 'difference' ? ' − ' : ' / '),
    value,
    isRatio: other !== undefined && by !== 'difference',
    ...(atLeast === undefined ? {} : { atLeast }),
    ...(atMost === undefined ? {} : { atMost }),
    met: (atLeast === undefined || value >= atLeast) && (atMost === undefined || value <= atMost),
  };
}
