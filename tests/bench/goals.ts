/**
 * The goals, as data: what is compared with what, in which measure, and how far it may be. All that is measured is a
 * ratio within one run, or memory, which does not depend on the machine's speed.
 */

export interface Goal {
  measure: string;
  /** Key of the series. */
  series: string;
  text: string;
  /** Rows that are compared, by their keys: one alone, or the first with the second. */
  of: [row: string, with_?: string];
  /** How the two are compared; a ratio unless said. `cpu`: the ratio of CPU time for each request. */
  by?: 'ratio' | 'difference' | 'cpu';
  atLeast?: number;
  atMost?: number;
}

const kB = 1_000;
const MB = 1_000_000;

export const goals: readonly Goal[] = [
  { measure: 'T1', series: 'calls', text: 'of the floor', of: ['ours', 'floor'], atLeast: 0.7 },
  { measure: 'T1', series: 'calls', text: 'times SDK 2', of: ['ours', 'sdk-2'], atLeast: 10 },
  { measure: 'T2', series: 'calls', text: 'of the floor', of: ['ours', 'floor'], atLeast: 0.6 },
  { measure: 'T2', series: 'calls', text: 'times SDK 2', of: ['ours', 'sdk-2'], atLeast: 8 },
  { measure: 'T3', series: 'calls', text: 'of the floor', of: ['ours', 'floor'], atLeast: 0.6 },
  { measure: 'T3', series: 'calls', text: 'times SDK 2', of: ['ours', 'sdk-2'], atLeast: 15 },
  { measure: 'T4', series: 'calls', text: 'of the floor', of: ['ours', 'floor'], atLeast: 0.5 },
  { measure: 'T5', series: 'heap', text: 'heap for each session', of: ['ours'], atMost: 1.5 * kB },
  { measure: 'T5', series: 'rss', text: 'resident memory for each session', of: ['ours'], atMost: 3 * kB },
  {
    measure: 'T6',
    series: 'heap',
    text: 'heap for each stream, beyond an open response',
    of: ['ours', 'floor'],
    by: 'difference',
    atMost: 1 * kB,
  },
  { measure: 'T6', series: 'broadcast', text: 'times a loop of writes', of: ['ours', 'floor'], atMost: 1.5 },
  { measure: 'T7', series: 'growth', text: 'growth of the process', of: ['ours'], atMost: 16 * MB },
  {
    measure: 'T8',
    series: 'cpu',
    text: 'a call with 10 000 sessions to one with 1 000',
    of: ['10000', '1000'],
    atMost: 1.3,
  },
  {
    measure: 'T8',
    series: 'cpu',
    text: 'a call with 100 000 sessions to one with 1 000',
    of: ['100000', '1000'],
    atMost: 1.3,
  },
  { measure: 'T9', series: 'stores', text: 'SQLite, of memory', of: ['sqlite', 'memory'], atLeast: 0.25 },
  { measure: 'T9', series: 'stores', text: 'Redis, of memory', of: ['redis', 'memory'], atLeast: 0.25 },
  {
    measure: 'T9',
    series: 'processes',
    text: 'CPU for each call, four processes to one',
    of: ['four', 'one'],
    by: 'cpu',
    atMost: 1.3,
  },
  { measure: 'T10', series: 'calls', text: 'times SDK 2', of: ['ours', 'sdk-2'], atLeast: 4 },
];
