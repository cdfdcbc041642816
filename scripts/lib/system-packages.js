import { accessSync, constants, existsSync, rmSync, writeFileSync } from 'node:fs';
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

/** @returns {string | undefined} the path of nginx */
export function findNginx() {
  return findProgram('nginx');
}

/** @returns {string | undefined} the path of HAProxy */
export function findHaproxy() {
  return findProgram('haproxy');
}

/** @returns {string | undefined} the path of Ruby */
export function findRuby() {
  return findProgram('ruby');
}

/** @returns {string | undefined} the path of Puma */
export function findPuma() {
  return findProgram('puma');
}

/** @returns {string | undefined} the path of Unicorn */
export function findUnicorn() {
  return findProgram('unicorn');
}

/** What the tests need from the system: how to look for it, and the Debian packages that bring it. */
const needs = [
  { name: 'Chromium', find: findChromium, packages: ['chromium'] },
  { name: 'curl', find: () => findProgram('curl'), packages: ['curl'] },
  { name: 'nginx', find: findNginx, packages: ['nginx'] },
  { name: 'HAProxy', find: findHaproxy, packages: ['haproxy'] },
  { name: 'Ruby', find: findRuby, packages: ['ruby'] },
  // Puma alone runs without the library that the servers' applications are written with.
  { name: 'Puma', find: findPuma, packages: ['puma', 'ruby-rack'] },
  { name: 'Unicorn', find: findUnicorn, packages: ['unicorn'] },
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
  const install = ['apt-get', 'install', '-y', '-q', '--no-install-recommends', ...packages];
  await withoutStartingServices(() =>
    step(`Installing ${names}`, 'env', ['DEBIAN_FRONTEND=noninteractive', ...install]),
  );
}

/** Debian's word on whether a package may start its service: nginx would take port 80 as soon as it is installed. */
const servicePolicy = '/usr/sbin/policy-rc.d';

/**
 * @param {() => Promise<unknown>} install
 */
async function withoutStartingServices(install) {
  // A machine that has a policy keeps its own.
  if (existsSync(servicePolicy)) {
    await install();
    return;
  }
  writeFileSync(servicePolicy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    await install();
  } finally {
    rmSync(servicePolicy, { force: true });
  }
}

/**
 * @param {string} name
 * @returns {string | undefined} the first executable of that name in PATH or /usr/sbin
 */
function findProgram(name) {
  // Debian keeps servers in /usr/sbin, which only root has in PATH.
  for (const folder of [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin']) {
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
