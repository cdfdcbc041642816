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

/** @returns {string | undefined} the path of the Redis server */
export function findRedis() {
  return findProgram('redis-server');
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

/** @returns {string | undefined} the path of wrk, which the benchmark loads servers with */
export function findWrk() {
  return findProgram('wrk');
}

/** What the tests need from the system: how to look for it, and the Debian packages that bring it. */
const forTests = [
  { name: 'Chromium', find: findChromium, packages: ['chromium'] },
  // The stand-ins for Arial and Courier, of which our fonts' metrics are: a reader's machine has one or the other.
  { name: 'Liberation fonts', find: findLiberation, packages: ['fonts-liberation'] },
  { name: 'curl', find: () => findProgram('curl'), packages: ['curl'] },
  { name: 'nginx', find: findNginx, packages: ['nginx'] },
  { name: 'HAProxy', find: findHaproxy, packages: ['haproxy'] },
  { name: 'Redis', find: findRedis, packages: ['redis-server'] },
  { name: 'Ruby', find: findRuby, packages: ['ruby'] },
  // Puma alone runs without the library that the servers' applications are written with.
  { name: 'Puma', find: findPuma, packages: ['puma', 'ruby-rack'] },
  { name: 'Unicorn', find: findUnicorn, packages: ['unicorn'] },
];

/** What the benchmark needs. */
const forBenchmark = [
  { name: 'wrk', find: findWrk, packages: ['wrk'] },
  { name: 'Redis', find: findRedis, packages: ['redis-server'] },
];

/**
 * Makes sure the programs the tests run against are there; as root on Debian it installs what is missing.
 *
 * @throws {Stop} with the one line that would install them
 */
export async function installMissingSystemPackages() {
  await installMissing('The tests need', forTests);
}

/**
 * The same for the benchmark.
 *
 * @throws {Stop} with the one line that would install them
 */
export async function installBenchmarkPackages() {
  await installMissing('The benchmark needs', forBenchmark);
}

/**
 * @param {string} whoNeeds e.g. `'The tests need'`
 * @param {{ name: string, find: () => string | undefined, packages: string[] }[]} needs
 */
async function installMissing(whoNeeds, needs) {
  const missing = needs.filter((need) => !need.find());
  if (missing.length === 0) return;
  const packages = missing.flatMap((need) => need.packages);
  const names = missing.map((need) => need.name).join(', ');
  if (process.getuid?.() !== 0 || !findProgram('apt-get')) {
    throw new Stop(
      `${whoNeeds} ${names}, which is not installed. On Debian: ` +
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

/** @returns {string | undefined} a folder of the Liberation fonts; elsewhere than on Linux, where Arial itself is */
function findLiberation() {
  if (process.platform !== 'linux') return 'Arial';
  const folders = ['truetype/liberation', 'truetype/liberation2', 'liberation', 'liberation-fonts'];
  return folders.map((folder) => join('/usr/share/fonts', folder)).find((folder) => existsSync(folder));
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
