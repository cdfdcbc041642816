import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished, test } from 'vitest';
import { redis } from '../../../playground-server/transport/backplane/redis.ts';
import { sqlite } from '../../../playground-server/transport/backplane/sqlite.ts';
import { type Backplane, memory } from '../../../playground-server/transport/index.ts';
import type { StoreAddress } from './store-address.ts';

/** The contract runs once more on each store: see the projects in vitest.config.ts. */
export const storeName = (process.env.STORE ?? 'memory') as 'memory' | 'sqlite' | 'redis';

/** Whether one process serves all requests of a test: see tests/contract/support/spread. */
export const inOneProcess = !process.env.SPREAD;

/** For what each instance counts or does for itself, or what only a test in the same process can see. Elsewhere they are
 *  not there, so that nothing counts as skipped. */
export const testInOneProcess = inOneProcess
  ? test
  : (Object.assign(() => {}, { each: () => () => {} }) as unknown as typeof test);

/** For what holds only where sessions end with their process: in a store that is shared, shared-store.test.ts says what does.
 *  Elsewhere they are not there, so that nothing counts as skipped. */
export const testInMemory: (title: string, run: () => unknown) => void = storeName === 'memory' ? test : () => {};

/** For what holds only where the store answers at once, or takes 40 MB in no time; and in one process as well. */
export const testAtOnce: (title: string, run: () => unknown) => void =
  storeName === 'redis' || !inOneProcess ? () => {} : test;

interface Kept {
  /** A file, or a prefix of keys. */
  readonly path: string;
  readonly now: (() => number) | undefined;
  /** Of the Redis server. */
  readonly url?: string;
}

const kept = new WeakMap<Backplane, Kept>();

/** A new, empty store of the kind that this run is about. It is gone with its test. */
export function store({ now }: { now?: () => number } = {}): Backplane {
  if (storeName === 'redis') return newRedis({ now });
  return storeName === 'memory' ? memory(now ? { now } : {}) : newSqlite({ now });
}

/** A new, empty SQLite store, whatever this run is about. */
export function newSqlite({ now }: { now?: (() => number) | undefined } = {}): Backplane {
  const folder = mkdtempSync(join(tmpdir(), 'backplane-'));
  atTheEnd(() => rmSync(folder, { recursive: true, force: true }));
  return connect({ path: join(folder, 'store.db'), now });
}

/** An empty part of a Redis server, the one that the run has unless said otherwise, under a prefix of its own. */
export function newRedis({
  now,
  url = process.env.TESTS_REDIS_URL ?? '',
}: {
  now?: (() => number) | undefined;
  url?: string;
} = {}): Backplane {
  return connect({ path: `${randomUUID()}:`, now, url });
}

/** With its test; what a hook made is there for all tests of its file. */
function atTheEnd(work: () => void): void {
  try {
    onTestFinished(work);
  } catch {
    process.once('exit', work);
  }
}

/** The file of a store, for another process to open. */
export function pathOf(backplane: Backplane): string {
  return kept.get(backplane)?.path ?? '';
}

/** The same for a process that may not know of what kind the store is. */
export function addressOf(backplane: Backplane): StoreAddress {
  const known = kept.get(backplane);
  if (!known) throw new Error('Another process cannot share this store');
  return known.url === undefined ? `sqlite:${known.path}` : `${known.url}#${known.path}`;
}

/** The clock that a store was given. */
export function clockOf(backplane: Backplane): (() => number) | undefined {
  return kept.get(backplane)?.now;
}

/** The same store as another instance sees it: in memory there is only one view of it. */
export function another(backplane: Backplane): Backplane {
  const known = kept.get(backplane);
  return known ? connect(known) : backplane;
}

function connect(to: Kept): Backplane {
  const { path, now, url } = to;
  const clock = now && { now };
  const backplane = url === undefined ? sqlite({ path, ...clock }) : redis({ url, prefix: path, ...clock });
  atTheEnd(() => backplane.close());
  kept.set(backplane, to);
  return backplane;
}
