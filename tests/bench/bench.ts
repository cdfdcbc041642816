/**
 * `npm run bench`: measures all, or what is named (`-- T1 T3`), prints it, and after a full run of all writes
 * content/measurements/bench.json, which the pages render. `--quick` takes one short round, to see that all of it
 * works; `--profile` says where the time of our server went.
 */

import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type BenchMeasure, benchSchema } from '../../src/bench/schema.ts';
import { describeRun, loadNow } from './harness/machine.ts';
import { fullPlan, quickPlan } from './harness/plan.ts';
import { hottest } from './harness/profile.ts';
import { reportOf } from './harness/report.ts';
import { take } from './harness/take.ts';
import { measures } from './measures/index.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const file = join(root, 'content/measurements/bench.json');
const profiles = join(root, '.cache/bench-profiles');

const { values, positionals } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, profile: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const unknown = positionals.filter((id) => !measures.some((measure) => measure.id === id));
if (unknown.length > 0) {
  console.error(`There is no measure ${unknown.join(', ')}. There are ${measures.map(({ id }) => id).join(', ')}.`);
  process.exit(1);
}

const plan = { ...(values.quick ? quickPlan : fullPlan), ...(values.profile && { profiles }) };
if (values.profile) {
  rmSync(profiles, { recursive: true, force: true });
  mkdirSync(profiles, { recursive: true });
}

const loadBefore = loadNow();
const taken: BenchMeasure[] = [];
for (const measure of measures.filter(({ id }) => positionals.length === 0 || positionals.includes(id))) {
  const result = await take(measure, plan);
  taken.push(result);
  console.log(`${reportOf(result)}\n`);
}
if (values.profile) {
  console.log(`Where the CPU of our servers went (${profiles}):`);
  console.log(hottest(profiles, '*').join('\n'));
}
const missed = taken.flatMap(({ goals }) => goals).filter(({ met }) => !met).length;
const goals = taken.flatMap(({ goals }) => goals).length;
console.log(`${goals - missed} of ${goals} goals met.`);

if (values.quick || values.profile || positionals.length > 0) {
  console.log('Not written down: that takes all measures, in full and without a profile.');
} else {
  const bench = benchSchema.parse({ taken: describeRun(plan, loadBefore), measures: taken });
  writeFileSync(file, `${JSON.stringify(bench, rounded, 2)}\n`);
  console.log(`Written to ${file}`);
}

/** Nothing is known to more than four digits. */
function rounded(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(4)) : value;
}
