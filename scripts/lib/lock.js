import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, Stop } from './project.js';

/**
 * Runs `job` while no other process of this checkout runs one under the same name: two starts at once must not install
 * or build over each other. A lock whose owner is gone is taken over.
 *
 * @template T
 * @param {string} name
 * @param {() => Promise<T>} job
 * @returns {Promise<T>}
 * @throws {Stop} when the folder cannot be written to
 */
export async function exclusively(name, job) {
  const path = join(root, '.cache', `${name}.lock`);
  let waiting = false;
  while (!take(path)) {
    const owner = ownerOf(path);
    if (owner === undefined || !isAlive(owner)) {
      rmSync(path, { force: true });
      continue;
    }
    if (!waiting) console.log(`Waiting for process ${owner}, which is doing the same (${path}) …`);
    waiting = true;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  const release = () => rmSync(path, { force: true });
  process.once('exit', release);
  try {
    return await job();
  } finally {
    process.off('exit', release);
    release();
  }
}

/** @param {string} path */
function take(path) {
  try {
    mkdirSync(join(root, '.cache'), { recursive: true });
    writeFileSync(path, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    const { code } = /** @type {NodeJS.ErrnoException} */ (error);
    if (code === 'EEXIST') return false;
    if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
      throw new Stop(`Cannot write to ${root}: start it as the user the folder belongs to.`);
    }
    throw error;
  }
}

/**
 * @param {string} path
 * @returns {number | undefined} undefined when the lock has gone or holds no process id
 */
function ownerOf(path) {
  try {
    return Number.parseInt(readFileSync(path, 'utf8'), 10) || undefined;
  } catch {
    return undefined;
  }
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Signal 0 to another user's process is refused, so it exists.
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}
