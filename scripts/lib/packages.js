import { fingerprint } from './fingerprint.js';
import { exclusively } from './lock.js';
import { step } from './run.js';
import { stamp } from './stamp.js';

// Inside node_modules, so that removing that folder removes the stamp.
const installed = stamp('node_modules/.cache/installed');

// `npm install` and not `npm ci`: ci refuses the lockfile because some of Astro's platform bindings are missing from
// the registry. `--no-save` keeps the lockfile as it is, whatever the user's npm is configured to write into it; the
// rest overrides settings under which the tools would be left out.
const npmArgs =
  'install --no-save --include=dev --include=optional --engine-strict=false --no-audit --no-fund --loglevel=error';

/** Installs what package-lock.json names, unless that is what is there. */
export async function installIfChanged() {
  if (installed.matches(wanted())) return;
  await exclusively('install', async () => {
    const inputs = wanted();
    if (installed.matches(inputs)) return;
    installed.clear();
    await step('Installing packages', 'npm', npmArgs.split(' '));
    installed.write(inputs);
  });
}

function wanted() {
  return fingerprint(['package.json', 'package-lock.json', '.npmrc'], `${process.platform} ${process.arch}`);
}
