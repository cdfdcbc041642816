/** How a SQLite store notices what other processes wrote, and what is left of that once nobody listens. */
import fs, { existsSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { record } from '../../playground-server/transport/backplane/behaviour/case.ts';
import { sqlite } from '../../playground-server/transport/backplane/sqlite.ts';
import { type Backplane, StoreUnreachable } from '../../playground-server/transport/index.ts';
import { until } from '../setup/until.ts';
import { ClientSession, latest } from './support/client.ts';
import { serve } from './support/serve.ts';
import { another, newSqlite, pathOf } from './support/store.ts';

const { watch } = fs;
let watchers: { watcher: fs.FSWatcher; isClosed: boolean }[];

beforeEach(() => {
  watchers = [];
  fs.watch = ((...given: Parameters<typeof watch>) => {
    const seen = { watcher: watch(...given), isClosed: false };
    seen.watcher.once('close', () => {
      seen.isClosed = true;
    });
    watchers.push(seen);
    return seen.watcher;
  }) as typeof watch;
  syncBuiltinESMExports();
});
afterEach(() => {
  fs.watch = watch;
  syncBuiltinESMExports();
  vi.useRealTimers();
});

/** Listens, and keeps what it hears: also that something was missed. */
function listen({ messages }: Backplane, topic = 't') {
  const heard: unknown[] = [];
  const leave = messages.subscribe(
    topic,
    ({ n }) => void heard.push(n),
    () => void heard.push('missed'),
  );
  return { heard, leave };
}

test('[B2] [L4] a folder that cannot be watched any more: what other instances say is heard all the same', async () => {
  const backplane = newSqlite();
  await using one = await serve({ backplane });
  await using two = await serve({ backplane: another(backplane) });
  const session = await one.session();
  const get = await new ClientSession(two, session.id, latest).get();
  for (const { watcher } of watchers) watcher.emit('error', new Error('the folder is gone'));
  await until('the watchers to be closed', () => watchers.length === 2 && watchers.every(({ isClosed }) => isClosed));
  one.transport.broadcast('notifications/n');
  expect((await get.received(1)).messages).toEqual([{ jsonrpc: '2.0', method: 'notifications/n' }]);
});

test('[B2] whoever listens keeps no process from ending', () => {
  const backplane = newSqlite();
  const before = process.getActiveResourcesInfo();
  const { leave } = listen(backplane);
  expect(watchers).toHaveLength(1);
  expect(process.getActiveResourcesInfo()).toEqual(before);
  leave();
});

test('[B2] nothing is watched nor looked for once the last listener has left, and again with the next one', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  const backplane = newSqlite();
  for (const times of [1, 2]) {
    const [first, second] = [listen(backplane), listen(backplane, 'u')];
    first.leave();
    expect([watchers.length, watchers.at(-1)?.isClosed, vi.getTimerCount()]).toEqual([times, false, 1]);
    second.leave();
    await until('the watcher to be closed', () => watchers.every(({ isClosed }) => isClosed));
    expect(vi.getTimerCount()).toBe(0);
  }
});

test('[L4] [B8] a listener misses nothing because another one comes, and is not told that it did', async () => {
  const backplane = newSqlite();
  const other = another(backplane);
  const first = listen(other);
  const others = [];
  for (let n = 1; n <= 20; n++) {
    backplane.messages.publish('t', { n });
    others.push(listen(other, `another ${n}`));
    await until('it', () => first.heard.length >= n);
  }
  expect(first.heard).toEqual(Array.from({ length: 20 }, (_, n) => n + 1));
  for (const { heard, leave } of others) {
    expect(heard).toEqual([]);
    leave();
  }
  first.leave();
});

test('[L4] a listener that leaves twice takes nobody along that came meanwhile', async () => {
  const backplane = newSqlite();
  const other = another(backplane);
  const gone = listen(other);
  gone.leave();
  const [here, elsewhere] = [listen(other), listen(other, 'u')];
  gone.leave();
  backplane.messages.publish('t', { n: 1 });
  await until('it', () => here.heard.length === 1);
  expect([gone.heard, here.heard, elsewhere.heard]).toEqual([[], [1], []]);
  for (const { leave } of [here, elsewhere]) leave();
});

test('[B2] [S3] a store that is closed leaves one file, no watcher and no timer; what is asked of it then fails', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  const path = pathOf(newSqlite()).replace('store.db', 'closed.db');
  const store = sqlite({ path });
  await store.sessions.create(record('s'), { maxSessions: 9, maxSessionsPerPrincipal: null, idleTimeoutMs: 1_000 });
  store.sessions.hold('s');
  listen(store);
  expect([existsSync(`${path}-wal`), vi.getTimerCount()]).toEqual([true, 2]);
  store.close();
  await until('the watcher to be closed', () => watchers.every(({ isClosed }) => isClosed));
  expect([existsSync(path), existsSync(`${path}-wal`), existsSync(`${path}-shm`)]).toEqual([true, false, false]);
  expect(vi.getTimerCount()).toBe(0);
  expect(() => store.sessions.end('s', 'deleted')).toThrow(StoreUnreachable);
  store.close();
  using again = sqlite({ path });
  expect(again.sessions.end('s', 'deleted')).toBe(true);
});

test('[B2] a machine that has no more watches: the poll does', async () => {
  fs.watch = (() => {
    throw Object.assign(new Error('ENOSPC: System limit for number of file watchers reached'), { code: 'ENOSPC' });
  }) as unknown as typeof watch;
  syncBuiltinESMExports();
  const backplane = newSqlite();
  await using one = await serve({ backplane });
  await using two = await serve({ backplane: another(backplane) });
  const session = await one.session();
  const get = await new ClientSession(two, session.id, latest).get();
  one.transport.broadcast('notifications/n');
  expect((await get.received(1)).messages).toHaveLength(1);
});
