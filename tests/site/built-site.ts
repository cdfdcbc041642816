/** The built site, as the tests read it. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const dist = fileURLToPath(new URL('../../dist', import.meta.url));

/** Every file of the build, e.g. `/start/watch-a-session/index.html`. */
export function builtFiles(): string[] {
  return readdirSync(dist, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(dist.length))
    .sort();
}

export const readBuilt = (file: string): string => readFileSync(join(dist, file), 'utf8');

export interface BuiltPage {
  /** Where a reader finds it, e.g. `/start/watch-a-session/`. */
  path: string;
  html: string;
}

/** All pages; the one for what is not there is at `/404.html`. */
export function builtPages(): BuiltPage[] {
  return builtFiles()
    .filter((file) => file.endsWith('.html'))
    .map((file) => ({ path: file.replace(/\/index\.html$/, '/'), html: readBuilt(file) }));
}
