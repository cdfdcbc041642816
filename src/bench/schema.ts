/**
 * What `npm run bench` writes into content/measurements/bench.json, and the pages read. A goal carries its value and
 * whether it is met, so that a page states what was measured and decides nothing.
 */

import { z } from 'zod';

/** What a server is in its measure: `floor` the least that anybody could do, `peer` another project's server. */
const roles = ['floor', 'peer', 'ours'] as const;

const row = z.strictObject({
  /** Names it in goals, once per series. */
  key: z.string().min(1),
  label: z.string().min(1),
  role: z.enum(roles),
  /** One value for each round, in the unit of the series. */
  runs: z.array(z.number()).min(1),
  /** Microseconds of the server's own CPU for each request, one for each round. */
  cpuMicros: z.array(z.number().positive()).optional(),
});

const series = z.strictObject({
  key: z.string().min(1),
  title: z.string().min(1),
  /** `bytes` are given whole; `µs` is time on the server's CPU. */
  unit: z.enum(['requests/s', 'bytes', 'µs']),
  rows: z.array(row).min(1),
});

const goal = z
  .strictObject({
    series: z.string(),
    text: z.string().min(1),
    /** What is compared, in the keys of rows. */
    of: z.string().min(1),
    /** A ratio, or a figure in the unit of the series. */
    value: z.number(),
    isRatio: z.boolean(),
    atLeast: z.number().optional(),
    atMost: z.number().optional(),
    met: z.boolean(),
  })
  .refine(({ atLeast, atMost }) => (atLeast === undefined) !== (atMost === undefined), 'one bound, not two');

const measure = z.strictObject({
  id: z.string().regex(/^T\d+$/),
  title: z.string().min(1),
  /** What was done, in one or two sentences. */
  how: z.string().min(1),
  series: z.array(series).min(1),
  goals: z.array(goal).min(1),
});

export const benchSchema = z.strictObject({
  taken: z.strictObject({
    at: z.iso.datetime(),
    commit: z.string().min(7),
    node: z.string(),
    system: z.string(),
    cpu: z.string(),
    cores: z.int().positive(),
    memoryBytes: z.int().positive(),
    /** One-minute load average before and after. */
    loadBefore: z.number(),
    loadAfter: z.number(),
    rounds: z.int().positive(),
    secondsPerRound: z.number().positive(),
    connections: z.int().positive(),
  }),
  measures: z.array(measure).min(1),
});

export type Bench = z.infer<typeof benchSchema>;
export type BenchMeasure = z.infer<typeof measure>;
export type BenchSeries = z.infer<typeof series>;
export type BenchRow = z.infer<typeof row>;
export type BenchGoal = z.infer<typeof goal>;
