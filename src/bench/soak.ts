/** What the hour of `tests/lab/soak.test.ts` last wrote, as the pages show it. Read at build time. */

import { z } from 'zod';
import file from '../../content/measurements/soak.json' with { type: 'json' };
import { bytesText, dayText, grouped } from './words.ts';

const soakSchema = z.object({
  takenAt: z.iso.datetime(),
  minutes: z.number(),
  machine: z.object({ commit: z.string(), node: z.string(), cpu: z.string(), cores: z.number() }),
  requests: z.number(),
  kills: z.number(),
  labs: z.number(),
  /** `minima`: the lowest value of each sixth of the hour. The first is warm-up. */
  series: z.array(
    z.object({ name: z.string(), unit: z.enum(['bytes', 'count']), minima: z.array(z.number()).length(6) }),
  ),
});

const soak = soakSchema.parse(file);

/** How much there was of it, in one sentence. */
export function soakText(): string {
  const { minutes, requests, kills, labs, machine } = soak;
  return (
    `${dayText(soak.takenAt)}, commit ${machine.commit}, Node.js ${machine.node.slice(1)}, ${machine.cpu}, ${machine.cores} cores: ` +
    `${minutes} minutes, ${grouped(requests)} answers, ${kills} killed processes, ${labs} labs that came and went.`
  );
}

/** Who was measured: the servers by their names, the processes of a lab by their deployment. */
const subjects: readonly [label: string, names: RegExp][] = [
  ['the server, with six labs', /^server$/],
  ['a server with a lab in Redis', /^server with Redis$/],
  ...['single', 'forked', 'hashed', 'sticky', 'stateless', 'shared'].map((name): [string, RegExp] => [
    `a process of ${name}`,
    new RegExp(`^${name} p\\d$`),
  ]),
  ['a process of shared, in Redis', /^shared in Redis p\d$/],
];

const columns = ['heap', 'RSS', 'descriptors', 'threads'] as const;
export const soakHeads = ['Process', 'Heap', 'Resident', 'Open files', 'Threads'];

/** Of each of them, the highest of its kind in the second ten minutes and in the last. */
export function soakRows(): string[][] {
  return subjects.map(([label, names]) => [label, ...columns.map((column) => changeOf(names, column))]);
}

function changeOf(names: RegExp, column: string): string {
  const found = soak.series.filter(
    ({ name }) => name.endsWith(` ${column}`) && names.test(name.slice(0, -column.length - 1)),
  );
  const [before, after] = [1, 5].map((part) => Math.max(...found.map(({ minima }) => minima[part] as number))) as [
    number,
    number,
  ];
  if (found[0]?.unit !== 'bytes') return before === after ? String(after) : `${before} → ${after}`;
  return `${(before / 1e6).toFixed(1)} → ${bytesText(after)}`;
}
