/** What stays and what goes when a store makes room, and what it does with what is not there: the same in every store. */
import { describe, expect, test } from 'vitest';
import { range, record, roomy, roomyLog } from '../../playground-server/transport/backplane/behaviour/case.ts';
import { newSqlite } from './support/store.ts';
import { inMemory, inRedis, inSqlite } from './support/stores.ts';
import { onTwoViews } from './support/two-views.ts';

const text = (length: number) => JSON.stringify('x'.repeat(length));

describe.each([
  ['[B1] in memory', inMemory],
  ['[B2] in SQLite', inSqlite],
  ['[B3] in Redis', inRedis],
] as const)('%s', (_, store) => {
  test('[R2] [R4] only as many finished streams go as have to, and the newest event stays whatever its size', () =>
    onTwoViews(store, async ([{ sessions, logs }]) => {
      await sessions.create(record('s'), roomy);
      const bounds = { ...roomyLog, maxSessionBytes: 10_000 };
      const append = (name: string, json: string, last: boolean) =>
        logs.open('s', name, bounds, { request: name }).append({ json, last });
      for (const name of ['1', '2', '3']) await append(name, text(3_000), true);
      await append('4', text(1_000), false);
      const kinds = async () => {
        const found = await Promise.all(['1', '2', '3', '4'].map((name) => logs.find('s', name)));
        return found.map(({ kind }) => kind);
      };
      expect(await kinds()).toEqual(['dropped', 'kept', 'kept', 'kept']);
      await append('4', text(20_000), false);
      expect(await kinds()).toEqual(['dropped', 'dropped', 'dropped', 'kept']);
      expect((await logs.open('s', '4', bounds).readAfter(1, 9)).events).toMatchObject([{ number: 2 }]);
    }));

  test.each([0, 1])(
    '[R2] [E9] who has read %i of two events of a stream that is dropped does not wait for more',
    (cursor) =>
      onTwoViews(store, async ([{ sessions, logs }]) => {
        await sessions.create(record('s'), roomy);
        const bounds = { ...roomyLog, maxSessionBytes: 3_000 };
        const log = logs.open('s', '1', bounds, { request: 1 });
        for (const last of [false, true]) await log.append({ json: text(500), last });
        await logs.open('s', '2', bounds, { request: 2 }).append({ json: text(2_000), last: true });
        const { events, ended, trimmed } = await log.readAfter(cursor, 9);
        expect([events, ended || trimmed]).toEqual([[], true]);
      }),
  );

  test('[R2] of a batch whose stream is dropped nobody says that one answer was lost', () =>
    onTwoViews(store, async ([{ shared, sessions, logs }]) => {
      await sessions.create(record('s'), roomy);
      const bounds = { ...roomyLog, maxSessionBytes: 3_000 };
      for (const name of ['1', '2']) {
        await logs.open('s', name, bounds, { batch: ['a', 'b'] }).append({ json: text(2_000), last: true });
      }
      expect(await logs.find('s', '1')).toEqual({ kind: shared ? 'finished' : 'missing' });
    }));

  test('[S3] a log whose session has ended takes nothing more, and that is no fault', () =>
    onTwoViews(store, async ([{ sessions, logs }, other]) => {
      await sessions.create(record('s'), roomy);
      const log = logs.open('s', '0', roomyLog);
      await log.append({ json: '1', last: false });
      await other.sessions.end('s', 'deleted');
      await other.logs.drop('s');
      await log.takeOver();
      await log.unread();
      log.spareAfter(1, 1_000);
      log.delivered();
      await log.end();
      expect(await other.logs.find('s', '0')).toEqual({ kind: 'missing' });
    }));

  test('[E5] a broadcast is there once, also when the store was swept between the two who append it', () =>
    onTwoViews(store, async (views) => {
      await views[0].sessions.create(record('s'), roomy);
      const [log, other] = views.map(({ logs }) => logs.open('s', '0', roomyLog));
      const event = { json: '1', last: false, broadcast: 'b' };
      expect(await log?.append(event)).toBe(1);
      for (const { logs } of views) await logs.sweep();
      expect(await other?.append({ ...event })).toBe(0);
    }));

  test('[P13] [C1] what is not there is let go without a fault, and stands in the way of nothing', () =>
    onTwoViews(store, async ([{ sessions, claims }]) => {
      await claims.release('never was', 1);
      await sessions.create(record('s'), roomy);
      await sessions.finish('s', 'nobody');
      await sessions.dropAnswer('s', 'never was');
      const run = { request: 'r', instance: 'i', number: 1 };
      for (const _ of range(1, 3)) {
        expect(await sessions.begin('s', [run], { maxInFlight: 1, uniqueIds: true })).toEqual({ kind: 'begun' });
        await sessions.finish('s', 'i', [1]);
      }
    }));

  test('[C1] the last 64 answers of a session are kept', () =>
    onTwoViews(store, async ([{ sessions }]) => {
      await sessions.create(record('s'), roomy);
      const keep = (n: number) => sessions.keepAnswer('s', `q${n}`, String(n));
      const first = () => Promise.all([1, 2].map((n) => sessions.readAnswer('s', `q${n}`)));
      for (const n of range(1, 64)) await keep(n);
      expect(await first()).toEqual(['1', '2']);
      await keep(65);
      expect(await first()).toEqual([null, '2']);
    }));
});

test('[B2] [S3] logs of sessions that ended unnoticed are swept', async () => {
  const { sessions, logs } = newSqlite();
  await sessions.create(record('s'), roomy);
  for (const session of ['s', 'gone']) await logs.open(session, '0', roomyLog).append({ json: '1', last: false });
  await logs.sweep();
  expect(await logs.find('gone', '0')).toEqual({ kind: 'missing' });
  expect(await logs.find('s', '0')).toMatchObject({ kind: 'kept' });
});
