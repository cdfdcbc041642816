/** The backplanes that there are, as the behaviour suite opens them. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StoreUnderTest } from '../../../playground-server/transport/backplane/behaviour.ts';
import { type RedisBackplane, redis } from '../../../playground-server/transport/backplane/redis.ts';
import { type SqliteBackplane, sqlite } from '../../../playground-server/transport/backplane/sqlite.ts';
import { memory } from '../../../playground-server/transport/index.ts';

export const inMemory: StoreUnderTest = {
  shared: false,
  settableClock: true,
  open(now = Date.now) {
    const only = memory({ now });
    return { view: () => only, close: () => {} };
  },
};

export const inSqlite: StoreUnderTest = {
  shared: true,
  settableClock: true,
  open(now = Date.now) {
    const folder = mkdtempSync(join(tmpdir(), 'behaviour-'));
    const views: SqliteBackplane[] = [];
    return {
      view() {
        const view = sqlite({ path: join(folder, 'store.db'), now });
        views.push(view);
        return view;
      },
      close() {
        for (const view of views) view.close();
        rmSync(folder, { recursive: true });
      },
    };
  },
};

/** In the Redis server that the run has, under a prefix of its own. */
export const inRedis = inRedisAt(() => process.env.TESTS_REDIS_URL ?? '');

/** @param urlOf one server, or some nodes of a cluster */
export function inRedisAt(urlOf: () => string | string[]): StoreUnderTest {
  return {
    shared: true,
    settableClock: true,
    open(now) {
      const url = urlOf();
      const prefix = `${randomUUID()}:`;
      const views: RedisBackplane[] = [];
      return {
        view() {
          const view = redis({ url, prefix, ...(now && { now }) });
          views.push(view);
          return view;
        },
        close() {
          for (const view of views) view.close();
        },
      };
    },
  };
}
