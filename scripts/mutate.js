/**
 * `npm run mutate`: changes the transport and the lab's router in one place at a time, and looks whether a test notices.
 *
 * All 10 000 places take many hours. `--sample=8` takes one block of lines in eight, by chance; `--seed=1` says by which.
 * Names of files, or parts of them, leave out the others. `--rest` leaves out those that were changed in all their places
 * since they were written: what came of it stands in tests/mutation/scores.json. `--again` takes what no test noticed the
 * last time.
 */

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { globSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { installIfChanged } from './lib/packages.js';
import { projectNode, root } from './lib/project.js';
import { launch, runScript, step } from './lib/run.js';
import { installMissingSystemPackages } from './lib/system-packages.js';

const folder = 'tests/mutation';
const blockLines = 12;
const reportFile = join(root, '.cache/mutation.json');
const compiledFolder = join(root, '.cache/mutation-compiled');
const scoresFile = join(root, folder, 'scores.json');

await runScript(async () => {
  const { values, positionals } = parseArgs({
    options: {
      sample: { type: 'string', default: '1' },
      seed: { type: 'string', default: '1' },
      again: { type: 'boolean', default: false },
      rest: { type: 'boolean', default: false },
    },
    allowPositionals: true,
  });
  await installIfChanged();
  const node = projectNode();
  await installMissingSystemPackages();
  await step('Installing Stryker', 'npm', ['install', '--prefix', folder, '--no-save', '--no-audit', '--no-fund']);
  const sample = Number(values.sample);
  const places = values.again ? unnoticed() : chosen(positionals, sample, Number(values.seed), values.rest);
  const whole = values.again ? knownUnnoticed() : sample === 1 ? new Set(places) : new Set();
  const stryker = `${folder}/node_modules/@stryker-mutator/core/bin/stryker.js`;
  const run = launch(node, [stryker, 'run', `${folder}/stryker.config.json`, '--mutate', places.join()], {
    // Each change is tried by a thread that imports it all again.
    env: { NODE_COMPILE_CACHE: compiledFolder },
  });
  const [code] = await once(run, 'close');
  // Of this run's copy of the checkout: the next one has another name.
  rmSync(compiledFolder, { recursive: true, force: true });
  process.exitCode = code ?? 1;
  if (code === 0) keepScores(whole);
});

/**
 * @param {string[]} names
 * @param {number} sample one block in so many
 * @param {number} seed
 * @param {boolean} rest those alone of which nothing is known
 */
function chosen(names, sample, seed, rest) {
  const scores = readScores();
  const files = ['playground-server/transport/**/*.ts', 'playground-server/lab/router.ts']
    .flatMap((pattern) => globSync(pattern, { cwd: root }))
    // Lua, which Stryker cannot change; and the suite that others run, which is tests.
    .filter((file) => !file.endsWith('-scripts.ts') && !file.includes('/behaviour'))
    .filter((file) => names.length === 0 || names.some((name) => file.includes(name)))
    .filter((file) => !rest || scores[file]?.file !== hashOf(file))
    .sort();
  if (sample === 1) return files;
  const random = numbers(seed);
  return files.flatMap((file) => {
    const lines = readFileSync(join(root, file), 'utf8').split('\n').length;
    const blocks = Array.from({ length: Math.ceil(lines / blockLines) }, (_, n) => n * blockLines);
    return blocks
      .filter(() => random() * sample < 1)
      .map((from) => `${file}:${from + 1}-${Math.min(from + blockLines, lines)}`);
  });
}

/** From the report of the last run. Its places are those of today, as long as the files are. */
function unnoticed() {
  // Columns are counted from 1 in a report, and from 0 in a pattern.
  const text = (/** @type {Place} */ { line, column }) => `${line}:${column - 1}`;
  return Object.entries(readReport()).flatMap(([file, { mutants }]) =>
    mutants.filter(isUnnoticed).map(({ location: { start, end } }) => `${file}:${text(start)}-${text(end)}`),
  );
}

/**
 * @typedef {{ line: number, column: number }} Place
 * @typedef {{ status: string, location: { start: Place, end: Place } }} Mutant
 * @returns {Record<string, { mutants: Mutant[] }>}
 */
function readReport() {
  return JSON.parse(readFileSync(reportFile, 'utf8')).files;
}

/** @param {Mutant} mutant */
function isUnnoticed({ status }) {
  return status === 'Survived' || status === 'NoCoverage';
}

/**
 * What came of each file, as it was with this hash.
 * @typedef {{ changes: number, unnoticed: number, file: string, commit: string }} Score
 * @returns {Record<string, Score>}
 */
function readScores() {
  return JSON.parse(readFileSync(scoresFile, 'utf8'));
}

/** @param {string} file */
function hashOf(file) {
  const hash = createHash('sha256').update(readFileSync(join(root, file)));
  return hash.digest('hex').slice(0, 12);
}

/**
 * Files of the last report whose every unnoticed change stands in it: those of a sample are some of them.
 * @returns {Set<string>}
 */
function knownUnnoticed() {
  const scores = readScores();
  const isWhole = (/** @type {[string, { mutants: Mutant[] }]} */ [file, { mutants }]) =>
    scores[file]?.file === hashOf(file) && scores[file].unnoticed === mutants.filter(isUnnoticed).length;
  return new Set(
    Object.entries(readReport())
      .filter(isWhole)
      .map(([file]) => file),
  );
}

/** @param {Set<string>} whole files that were changed in all their places, or again in all that nobody had noticed */
function keepScores(whole) {
  const scores = readScores();
  const commit = execFileSync('git', ['rev-parse', '--short=10', 'HEAD'], { cwd: root, encoding: 'utf8' }).trim();
  for (const [file, { mutants }] of Object.entries(readReport())) {
    if (!whole.has(file)) continue;
    const known = scores[file]?.file === hashOf(file) ? scores[file] : undefined;
    const tried = mutants.filter((mutant) => isUnnoticed(mutant) || ['Killed', 'Timeout'].includes(mutant.status));
    const changes = Math.max(tried.length, known?.changes ?? 0);
    scores[file] = { changes, unnoticed: mutants.filter(isUnnoticed).length, file: hashOf(file), commit };
  }
  const sorted = Object.fromEntries(Object.entries(scores).sort(([one], [two]) => (one < two ? -1 : 1)));
  writeFileSync(scoresFile, `${JSON.stringify(sorted, null, 2)}\n`);
  const all = Object.values(scores);
  const sum = (/** @type {'changes' | 'unnoticed'} */ key) => all.reduce((total, score) => total + score[key], 0);
  const noticed = (100 * (1 - sum('unnoticed') / sum('changes'))).toFixed(1);
  console.log(`Of ${sum('changes')} changes in ${all.length} files so far, ${noticed} % were noticed: ${scoresFile}`);
}

/** The same choices from the same seed (mulberry32, by Tommy Ettinger). @param {number} seed */
function numbers(seed) {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}
