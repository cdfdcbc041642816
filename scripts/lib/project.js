/** Where things are, and which Node runs them. Plain JavaScript without dependencies: Node 20 runs it on a fresh clone. */

import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../', import.meta.url));
export const bin = join(root, 'node_modules', '.bin');

/** The server runs TypeScript as it is, and uses explicit resource management: both are in Node from here on. */
const minimumMajor = 24;

/** A failure a reader can act on: printed as it is, without a stack. */
export class Stop extends Error {}

/**
 * The Node that runs everything but these scripts: the one in `node_modules`, where the platform has a package for it.
 *
 * @returns {string} its path
 * @throws {Stop} when it and the system's are both too old
 */
export function projectNode() {
  const packaged = join(bin, 'node');
  const path = existsSync(packaged) ? packaged : process.execPath;
  const version = execFileSync(path, ['--version'], { encoding: 'utf8' }).trim();
  if (Number.parseInt(version.slice(1), 10) >= minimumMajor) return path;
  throw new Stop(
    `This needs Node ${minimumMajor} or newer, found ${version}, and there is no packaged Node for ` +
      `${process.platform} ${process.arch}: install one from https://nodejs.org and start again.`,
  );
}

/** The environment our tools run in: the project's Node and tools first in PATH, and none of them phoning home. */
export function toolEnvironment() {
  return { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}`, ASTRO_TELEMETRY_DISABLED: '1' };
}
