import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  backplaneBehaviour,
  type StoreUnderTest,
} from '../../../playground-server/transport/backplane/behaviour.ts';
import {
  sqlite,
  type SqliteBackplane,
} from '../../../playground-server/transport/backplane/sqlite.ts';
import { timed } from './timed.ts';

const store: StoreUnderTest = {
  shared: true,
  settableClock: true,
  // A new, empty store for each case.
  open(now = Date.now) {
    const folder = mkdtempSync(join(tmpdir(), 'store-'));
    const views: SqliteBackplane[] = [];
    return {
      // As one more process has it: a connection of its own.
      view() {
        const view = sqlite({ path: join(folder, 'store.db'), now });
        views.push(view);
        return timed(view, () => {});
      },
      close() {
        for (const view of views) view.close();
        rmSync(folder, { recursive: true });
      },
    };
  },
};

for (const { title, run } of backplaneBehaviour(store)) {
  test(title, { concurrency: true }, run);
}
