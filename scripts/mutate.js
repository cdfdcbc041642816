/**
 * `npm run mutate`: changes the transport and the lab's router in one place at a time, and looks whether a test notices.
 *
 * All 10 000 places take many hours. `--sample=8` takes one block of lines in eight, by chance; `--seed=1` says by which.
 * Names of files, or parts of them, leave out the others. `--again` takes what no test noticed the last time.
 */

import { once } from 'node:events';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { installIfChanged } from './lib/packages.js';
import { projectNode, root } from './lib/project.js';
import { launch, runScript, step } from './lib/run.js';
import { installMissingSystemPackages } from './lib/system-packages.js';

const folder = 'tests/mutation';
const blockLines = 12;

await runScript(async () => {
  const { values, positionals } = parseArgs({
    options: {
      sample: { type: 'string', default: '1' },
      seed: { type: 'string', default: '1' },
      again: { type: 'boolean', default: false },
    },
    allowPositionals: true,
  });
  await installIfChanged();
  const node = projectNode();
  await installMissingSystemPackages();
  await step('Installing Stryker', 'npm', ['install', '--prefix', folder, '--no-save', '--no-audit', '--no-fund']);
  const places = values.again ? unnoticed() : chosen(positionals, Number(values.sample), Number(values.seed));
  const stryker = `${folder}/node_modules/@stryker-mutator/core/bin/stryker.js`;
  const run = launch(node, [stryker, 'run', `${folder}/stryker.config.json`, '--mutate', places.join()]);
  const [code] = await once(run, 'close');
  process.exitCode = code ?? 1;
});

/**
 * @param {string[]} names
 * @param {number} sample one block in so many
 * @param {number} seed
 */
function chosen(names, sample, seed) {
  const files = ['playground-server/transport/**/*.ts', 'playground-server/lab/router.ts']
    .flatMap((pattern) => globSync(pattern, { cwd: root }))
    // Lua, which Stryker cannot change; and the suite that others run, which is tests.
    .filter((file) => !file.endsWith('-scripts.ts') && !file.includes('/behaviour'))
    .filter((file) => names.length === 0 || names.some((name) => file.includes(name)))
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

/**
 * From the report of the last run. Its places are those of today, as long as the files are.
 * @typedef {{ line: number, column: number }} Place
 * @typedef {{ status: string, location: { start: Place, end: Place } }} Mutant
 */
function unnoticed() {
  /** @type {{ files: Record<string, { mutants: Mutant[] }> }} */
  const { files } = JSON.parse(readFileSync(join(root, '.cache/mutation.json'), 'utf8'));
  // Columns are counted from 1 in a report, and from 0 in a pattern.
  const text = (/** @type {Place} */ { line, column }) => `${line}:${column - 1}`;
  return Object.entries(files).flatMap(([file, { mutants }]) =>
    mutants
      .filter(({ status }) => status === 'Survived' || status === 'NoCoverage')
      .map(({ location: { start, end } }) => `${file}:${text(start)}-${text(end)}`),
  );
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
