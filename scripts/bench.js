/** `npm run bench`: what it needs, and then tests/bench/bench.ts, which is given the arguments. */

import { once } from 'node:events';
import { installIfChanged } from './lib/packages.js';
import { projectNode } from './lib/project.js';
import { launch, runScript } from './lib/run.js';
import { installBenchmarkPackages } from './lib/system-packages.js';

await runScript(async () => {
  await installIfChanged();
  const node = projectNode();
  await installBenchmarkPackages();
  const bench = launch(node, ['tests/bench/bench.ts', ...process.argv.slice(2)]);
  const [code] = await once(bench, 'close');
  process.exitCode = code ?? 1;
});
