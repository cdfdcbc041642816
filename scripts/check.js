/** `npm run check`: format, lint, types and dead code. */

import { runChecks } from './lib/checks.js';
import { installIfChanged } from './lib/packages.js';
import { projectNode, Stop } from './lib/project.js';
import { runScript } from './lib/run.js';

await runScript(async () => {
  await installIfChanged();
  projectNode();
  const failed = await runChecks();
  if (failed.length > 0) throw new Stop(`Failed: ${failed.join(', ')}`);
});
