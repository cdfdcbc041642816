/** A SQLite file that another process holds, or that refuses what is written: who waits for it, and what is left of it. */
import { existsSync, mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Worker } from 'node:worker_threads';
import { expect, onTestFinished, test, vi } from 'vitest';
import { roomyLog } from '../../playground-server/transport/backplane/behaviour/case.ts';
import { sqlite } from '../../playground-server/transport/backplane/sqlite.ts';
import { StoreUnreachable } from '../../playground-server/transport/index.ts';
import { until } from '../setup/until.ts';
import { serve } from './support/serve.ts';
import { newSqlite, pathOf } from './support/store.ts';

/** Beside this thread, which stands still while it waits for a lock. It holds the file from when this resolves, for so long. */
async function holdFor(path: string, ms: number): Promise<void> {
  const hold = `
    const { workerData, parentPort } = require('node:worker_threads');
    const database = new (require('node:sqlite').DatabaseSync)(workerData.path, { timeout: 5_000 });
    database.exec('BEGIN EXCLUSIVE');
    parentPort.postMessage('held');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, workerData.ms);
    database.exec('COMMIT');
    database.close();`;
  const worker = new Worker(hold, { eval: true, workerData: { path, ms } });
  await new Promise((held, failed) => worker.once('message', held).once('error', failed));
}

/** By this process; nothing is known of it but on Linux. */
function openFilesIn(folder: string): string[] {
  if (!existsSync('/proc/self/fd')) return [];
  const nameOf = (descriptor: string) => {
    try {
      return readlinkSync(`/proc/self/fd/${descriptor}`);
    } catch {
      // The one by which this folder was read.
      return '';
    }
  };
  return readdirSync('/proc/self/fd')
    .map(nameOf)
    .filter((name) => name.startsWith(folder));
}

function newPath(): string {
  const folder = mkdtempSync(join(tmpdir(), 'locked-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, 'store.db');
}

test('[B6] a short lock is waited for, a long one only once, and when it is over the next short one again', async () => {
  const backplane = newSqlite();
  await using server = await serve({ backplane });
  const session = await server.session();
  const statusOf = async () => (await session.answer('ping')).status;
  await holdFor(pathOf(backplane), 100);
  expect(await statusOf()).toBe(200);
  const other = new DatabaseSync(pathOf(backplane), { timeout: 5_000 });
  other.exec('BEGIN IMMEDIATE');
  const begun = Date.now();
  for (let n = 1; n <= 20; n++) expect(await statusOf()).toBe(503);
  // Each of them would have taken half a second.
  expect(Date.now() - begun).toBeLessThan(5_000);
  other.exec('ROLLBACK');
  other.close();
  await until('the store to be there', async () => (await statusOf()) === 200);
  await holdFor(pathOf(backplane), 100);
  expect(await statusOf()).toBe(200);
});

test('[B6] [E5] what the store cannot write as a whole it does not write at all: asked once more, it is there once', () => {
  const backplane = newSqlite();
  const log = backplane.logs.open('s', '0', roomyLog);
  expect(log.append({ json: '1', last: false })).toBe(1);
  const other = new DatabaseSync(pathOf(backplane));
  other.exec("CREATE TRIGGER full BEFORE INSERT ON events BEGIN SELECT RAISE(ABORT, 'disk full'); END");
  const event = { json: '2', last: false, broadcast: 'b' };
  expect(() => log.append(event)).toThrow(new StoreUnreachable('disk full'));
  other.exec('DROP TRIGGER full');
  other.close();
  expect([log.append(event), log.append(event)]).toEqual([2, 0]);
});

test('[B2] a process that starts while another one has the file to itself waits for it', async () => {
  const path = newPath();
  // Longer than it waits at once.
  await holdFor(path, 700);
  using store = sqlite({ path });
  expect(store.claims.acquire('a', 1_000)).toBe(1);
});

test('[B2] [B6] a file that is no database is said to be so at once, and let go', () => {
  const path = newPath();
  writeFileSync(path, 'no database'.repeat(100));
  const waits = vi.spyOn(Atomics, 'wait');
  expect(() => sqlite({ path })).toThrow(
    expect.objectContaining({ name: 'StoreUnreachable', cause: expect.objectContaining({ code: 'ERR_SQLITE_ERROR' }) }),
  );
  expect(waits).not.toHaveBeenCalled();
  waits.mockRestore();
  expect(openFilesIn(dirname(path))).toEqual([]);
});

test('[B2] [B6] a file that stays locked is said to be so, and let go', () => {
  const path = newPath();
  {
    using other = new DatabaseSync(path);
    other.exec('BEGIN EXCLUSIVE');
    expect(() => sqlite({ path })).toThrow(new StoreUnreachable('database is locked'));
  }
  expect(openFilesIn(dirname(path))).toEqual([]);
  sqlite({ path }).close();
});
