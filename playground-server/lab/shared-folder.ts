/** What the processes of one lab share, in a folder that only this user can enter. */

import { randomBytes, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Backplane } from '../transport/backplane/backplane.ts';
import type { RedisOptions } from '../transport/backplane/redis.ts';

const keyFile = 'request-state.key';
const redisFile = 'redis.json';

/**
 * One key for all processes of the lab: each of them opens the `requestState` that another one sealed (rule I3). And
 * where their store is, unless it is a file here: a URL may hold a password, which no command line should show.
 */
export async function writeShared(folder: string, redisUrl: string | undefined): Promise<void> {
  const mode = 0o600;
  await writeFile(join(folder, keyFile), randomBytes(32), { mode });
  if (redisUrl === undefined) return;
  const place = { url: redisUrl, prefix: `lab:${randomUUID()}:` };
  await writeFile(join(folder, redisFile), JSON.stringify(place), { mode });
}

/** How long that may take: from a Redis that does not answer what is left goes by itself, within hours. */
const removeWithinMs = 2_000;

/** What the lab's processes kept outside the folder is removed. They have ended. */
export async function removeShared(folder: string): Promise<void> {
  if (!existsSync(join(folder, redisFile))) return;
  const { redis } = await import('../transport/backplane/redis.ts');
  using store = redis(await redisOptions(folder));
  const cleared = store.clear().catch(() => {});
  await Promise.race([cleared, sleep(removeWithinMs, undefined, { ref: false })]);
}

export interface Shared {
  backplane: Backplane;
  requestStateKeys: Uint8Array[];
}

/** What a transport needs that shares its state with the others of its lab. */
export async function openShared(folder: string): Promise<Shared> {
  const [backplane, key] = await Promise.all([openStore(folder), readFile(join(folder, keyFile))]);
  return { backplane, requestStateKeys: [new Uint8Array(key)] };
}

/** Modules are loaded here only: they would cost every other worker some of its memory. */
async function openStore(folder: string): Promise<Backplane> {
  if (existsSync(join(folder, redisFile))) {
    const { redis } = await import('../transport/backplane/redis.ts');
    return redis(await redisOptions(folder));
  }
  const { sqlite } = await import('../transport/backplane/sqlite.ts');
  return sqlite({ path: join(folder, 'store.db') });
}

async function redisOptions(folder: string): Promise<RedisOptions> {
  return JSON.parse(await readFile(join(folder, redisFile), 'utf8')) as RedisOptions;
}
