import type { BenchMeasure } from '../../../src/bench/schema.ts';
import { goals } from '../goals.ts';
import type { Measure } from '../measures/measure.ts';
import { judge } from './judge.ts';
import type { Plan } from './plan.ts';

/** Runs one measure, and holds it to its goals. */
export async function take({ id, title, how, run }: Measure, plan: Plan): Promise<BenchMeasure> {
  const series = await run(plan);
  const own = goals.filter(({ measure }) => measure === id);
  return { id, title, how, series, goals: own.map((goal) => judge(goal, series)) };
}
