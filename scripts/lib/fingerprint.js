import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './project.js';

/**
 * A digest that changes when any of the files does: by name and content, never by time, so a fresh checkout of the same
 * commit has the same one.
 *
 * @param {string[]} paths files and folders, relative to the root; what does not exist counts as absent
 * @param {string} [salt] anything else the result depends on
 * @returns {string} hexadecimal
 */
export function fingerprint(paths, salt = '') {
  const hash = createHash('sha256').update(salt);
  for (const file of paths.flatMap(filesUnder).sort()) {
    const content = readFileSync(join(root, file));
    hash.update(`\0${file}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

/**
 * @param {string} path
 * @returns {string[]}
 */
function filesUnder(path) {
  const found = statSync(join(root, path), { throwIfNoEntry: false });
  if (!found) return [];
  if (!found.isDirectory()) return [path];
  return readdirSync(join(root, path)).flatMap((name) => filesUnder(join(path, name)));
}
