/** What the processes of one lab share, in a folder that only this user can enter. */

import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TransportOptions } from '../transport/index.ts';

const keyFile = 'request-state.key';

/** One key for all processes of the lab: each of them opens the `requestState` that another one sealed (rule I3). */
export function writeSharedKey(folder: string): Promise<void> {
  return writeFile(join(folder, keyFile), randomBytes(32), { mode: 0o600 });
}

/** The options of a transport that shares its state with the others of its lab. */
export async function sharedOptions(folder: string): Promise<Pick<TransportOptions, 'backplane' | 'requestStateKeys'>> {
  const [{ sqlite }, key] = await Promise.all([
    // Only here: it would cost every other worker some of its memory.
    import('../transport/backplane/sqlite.ts'),
    readFile(join(folder, keyFile)),
  ]);
  return { backplane: sqlite({ path: join(folder, 'store.db') }), requestStateKeys: [new Uint8Array(key)] };
}
