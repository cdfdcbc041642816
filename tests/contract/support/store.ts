import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished, test } from 'vitest';
import { sqlite } from '../../../playground-server/transport/backplane/sqlite.ts';
import { type Backplane, memory } from '../../../playground-server/transport/index.ts';

/** The contract runs once more on each store: see the projects in vitest.config.ts. */
export const storeName = process.env.STORE === 'sqlite' ? 'sqlite' : 'memory';

/** For what holds only where sessions end with their process: in a store that is shared, shared-store.test.ts says what does.
 *  Elsewhere they are not there, so that nothing counts as skipped. */
export const testInMemory: (title: string, run: () => unknown) => void = storeName === 'memory' ? test : () => {};

interface Kept {
  readonly path: string;
  readonly now: (() => number) | undefined;
}

const kept = new WeakMap<Backplane, Kept>();

/** A new, empty store of the kind that this run is about. It is gone with its test. */
export function store({ now }: { now?: () => number } = {}): Backplane {
  return storeName === 'memory' ? memory(now ? { now } : {}) : newSqlite({ now });
}

/** A new, empty SQLite store, whatever this run is about. */
export function newSqlite({ now }: { now?: (() => number) | undefined } = {}): Backplane {
  const folder = mkdtempSync(join(tmpdir(), 'backplane-'));
  atTheEnd(() => rmSync(folder, { recursive: true, force: true }));
  return connect({ path: join(folder, 'store.db'), now });
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

/** The same store as another instance sees it: in memory there is only one view of it. */
export function another(backplane: Backplane): Backplane {
  const known = kept.get(backplane);
  return known ? connect(known) : backplane;
}

function connect(to: Kept): Backplane {
  const { path, now } = to;
  const backplane = sqlite({ path, ...(now && { now }) });
  atTheEnd(() => backplane.close());
  kept.set(backplane, to);
  return backplane;
}
