/**
 * What `npm start` needs before the server can run: packages, and the built site. Does only what has changed, and runs
 * on Node 20 without node_modules. The server itself then replaces the shell (`exec` in package.json): no process of
 * ours stands between npm and it, so signals and the exit code are its own.
 */

import { installIfChanged } from './lib/packages.js';
import { projectNode } from './lib/project.js';
import { runScript } from './lib/run.js';
import { buildSiteIfChanged } from './lib/site.js';

await runScript(async () => {
  await installIfChanged();
  projectNode();
  await buildSiteIfChanged();
});
