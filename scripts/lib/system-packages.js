import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { Stop } from './project.js';
import { step } from './run.js';

/**
 * The system's Chromium, by any of the names it is packaged under.
 *
 * @returns {string | undefined} its path
 */
export function findChromium() {
  return ['chromium', 'chromium-browser', 'google-chrome'].map(findProgram).find(Boolean);
}

/** What the tests need from the system: how to look for it, and the Debian packages that bring it. */
const needs = [
  { name: 'Chromium', find: findChromium, packages: ['chromium'] },
  { name: 'curl', find: () => findProgram('curl'), packages: ['curl'] },
];

/**
 * Makes sure the programs the tests run against are there; as root on Debian it installs what is missing.
 *
 * @throws {Stop} with the one line that would install them
 */
export async function installMissingSystemPackages() {
  const missing = needs.filter((need) => !need.find());
  if (missing.length === 0) return;
  const packages = missing.flatMap((need) => need.packages);
  const names = missing.map((need) => need.name).join(', ');
  if (process.getuid?.() !== 0 || !findProgram('apt-get')) {
    throw new Stop(
      `The tests need ${names}, which is not installed. On Debian: ` +
        `sudo apt-get update && sudo apt-get install -y ${packages.join(' ')}`,
    );
  }
  await step('Reading the list of system packages', 'apt-get', ['update', '-q']);
  await step(`Installing ${names}`, 'env', [
    'DEBIAN_FRONTEND=noninteractive',
    'apt-get',
    'install',
    '-y',
    '-q',
    '--no-install-recommends',
    ...packages,
  ]);
}

/**
 * @param {string} name
 * @returns {string | undefined} the first executable of that name in PATH
 */
function findProgram(name) {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not in this folder.
    }
  }
  return undefined;
}
