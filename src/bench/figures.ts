/** What `npm run bench` last wrote, as the pages show it. Read at build time: nothing of it reaches a browser. */

import file from '../../content/measurements/bench.json' with { type: 'json' };
import { median } from './median.ts';
import {
  type Bench,
  type BenchGoal,
  type BenchMeasure,
  type BenchRow,
  type BenchSeries,
  benchSchema,
} from './schema.ts';
import { boundText, bytesText, dayText, reachedText, rowText, seriesOf } from './words.ts';

export const bench: Bench = benchSchema.parse(file);

/** @param ids separated by spaces */
export const measuresOf = (ids: string): BenchMeasure[] => ids.split(' ').map(measureOf);

/** @throws when it was not taken */
export function measureOf(id: string): BenchMeasure {
  const found = bench.measures.find((measure) => measure.id === id);
  if (!found) throw new Error(`There is no measure ${id} in content/measurements/bench.json`);
  return found;
}

/** One figure by its place, such as `T5 heap ours`, as text with its unit. */
export function figureText(place: string): string {
  const [id = '', key, rowKey] = place.split(' ');
  const series = measureOf(id).series.find((each) => each.key === key);
  const row = series?.rows.find((each) => each.key === rowKey);
  if (!series || !row) throw new Error(`There is no figure ${place} in content/measurements/bench.json`);
  return rowText(row, series);
}

/** A goal as the pages state it. */
export interface StatedGoal {
  measure: BenchMeasure;
  goal: string;
  reached: string;
  met: boolean;
}

function stated(measure: BenchMeasure, goal: BenchGoal): StatedGoal {
  const series = seriesOf(measure.series, goal);
  return {
    measure,
    goal: `${boundText(goal, series)} ${goal.text}`,
    reached: reachedText(goal, series),
    met: goal.met,
  };
}

export const goalsOf = (measure: BenchMeasure): StatedGoal[] => measure.goals.map((goal) => stated(measure, goal));

export const allGoals = (): StatedGoal[] => bench.measures.flatMap(goalsOf);

/** How many goals are met, in a sentence. */
export function verdictText(): string {
  const goals = allGoals();
  const met = goals.filter((goal) => goal.met).length;
  return met === goals.length ? `All ${met} goals are met.` : `${met} of the ${goals.length} goals below are met.`;
}

/** The median share of the floor, compared round by round, in percent. */
export function shareOfFloor(row: BenchRow, { rows }: BenchSeries): number {
  const floor = rows.find(({ role }) => role === 'floor');
  return 100 * median(row.runs.map((run, round) => run / (floor?.runs[round] ?? Number.NaN)));
}

export const percentText = (share: number): string => `${share >= 10 ? Math.round(share) : share.toFixed(1)} %`;

/** The share of one server by its place, such as `T1 ours`, in the first series of a measure. */
export function shareText(place: string): string {
  const [id = '', rowKey] = place.split(' ');
  const [series] = measureOf(id).series;
  const row = series?.rows.find(({ key }) => key === rowKey);
  if (!series || !row) throw new Error(`There is no share ${place} in content/measurements/bench.json`);
  return percentText(shareOfFloor(row, series));
}

/** The least of the shares that a goal asks for, in percent, where one does. */
export const goalShare = ({ goals }: BenchMeasure): number | undefined => {
  const goal = goals.find(({ of }) => of === 'ours / floor');
  return goal?.atLeast === undefined ? undefined : goal.atLeast * 100;
};

const { taken } = bench;

/** Where and when all of it was taken, in one sentence. */
export function takenText(): string {
  const machine = `${taken.cpu === 'unknown' ? 'a processor that does not say its name' : taken.cpu}, ${taken.cores} cores, ${bytesText(taken.memoryBytes)} of memory`;
  return (
    `${dayText(taken.at)}, commit ${taken.commit}, Node.js ${taken.node.slice(1)} on ${taken.system}: ${machine}. ` +
    `${taken.rounds} rounds of ${taken.secondsPerRound} s each, over ${taken.connections} connections. ` +
    `The load average was ${taken.loadBefore} before and ${taken.loadAfter} after.`
  );
}

/** For each bar of a series, its length in percent of the longest. */
export function bars({ rows }: BenchSeries): number[] {
  const values = rows.map(({ runs }) => Math.max(0, median(runs)));
  const longest = Math.max(...values);
  return values.map((value) => (longest === 0 ? 0 : (100 * value) / longest));
}

/** Whether more is better. */
export const moreIsBetter = ({ unit }: BenchSeries): boolean => unit === 'requests/s';
