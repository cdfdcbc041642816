import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from './project.js';

/**
 * A note of what a finished job was made from, kept beside its result.
 *
 * @param {string} path relative to the root
 */
export function stamp(path) {
  const file = join(root, path);
  return {
    /** @param {string} value */
    matches(value) {
      try {
        return readFileSync(file, 'utf8') === value;
      } catch {
        return false;
      }
    },
    /** @param {string} value */
    write(value) {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, value);
    },
    /** Before the job starts: one that is interrupted leaves no stamp, and so is done again. */
    clear() {
      rmSync(file, { force: true });
    },
  };
}
