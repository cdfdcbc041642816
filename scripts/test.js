/**
 * `npm test`: everything a fresh clone needs, then all checks and tests. The last line is the count of test cases,
 * where a step that fails counts as one failed case.
 */

import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { runChecks } from './lib/checks.js';
import { installIfChanged } from './lib/packages.js';
import { projectNode, root, Stop } from './lib/project.js';
import { launch } from './lib/run.js';
import { buildSiteIfChanged } from './lib/site.js';
import { installMissingSystemPackages } from './lib/system-packages.js';
import { tallyLine, tallyVitest } from './lib/tally.js';

const tally = { passed: 0, failed: 0, skipped: 0 };

try {
  await installIfChanged();
  projectNode();
  await installMissingSystemPackages();
  tally.failed += (await runChecks()).length;
  await buildSiteIfChanged();
  const tests = await runVitest();
  tally.passed += tests.passed;
  tally.failed += tests.failed;
  tally.skipped += tests.skipped;
} catch (error) {
  console.error(error instanceof Stop ? error.message : error);
  tally.failed += 1;
}

// On a build server a skipped test is a test nobody ran.
const skippedCounts = Boolean(process.env.CI) && tally.skipped > 0;
if (skippedCounts) console.error('With CI set no test may be skipped.');
process.exitCode = tally.failed > 0 || skippedCounts ? 1 : 0;
console.log(tallyLine(tally));

async function runVitest() {
  const report = join(root, '.cache', `vitest-${process.pid}.json`);
  const args = ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, '--allowOnly=false'];
  const vitest = launch('vitest', args, { stdio: ['ignore', 'inherit', 'inherit'] });
  try {
    const [code] = await once(vitest, 'close');
    return tallyVitest(report, code === 0);
  } finally {
    rmSync(report, { force: true });
  }
}
