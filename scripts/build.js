/** `npm run build`: the site into `dist/`, whether or not something changed. */

import { installIfChanged } from './lib/packages.js';
import { projectNode } from './lib/project.js';
import { runScript } from './lib/run.js';
import { buildSite } from './lib/site.js';

await runScript(async () => {
  await installIfChanged();
  projectNode();
  await buildSite();
});
