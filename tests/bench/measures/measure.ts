import type { BenchSeries } from '../../../src/bench/schema.ts';
import type { Plan } from '../harness/plan.ts';

/** One measure. Which goals it has stands in goals.ts. */
export interface Measure {
  id: string;
  title: string;
  /** What was done, for readers of the table. */
  how: string;
  run(plan: Plan): Promise<BenchSeries[]>;
}

/** A series of calls in a second. */
export const calls = (rows: BenchSeries['rows'], title = 'Calls in a second', key = 'calls'): BenchSeries[] => [
  { key, title, unit: 'requests/s', rows },
];
