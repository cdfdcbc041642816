/** One behaviour suite for every backplane: what it asks is in playground-server/transport/backplane/behaviour.ts. */
import { expect, test } from 'vitest';
import { StoreUnreachable } from '../../playground-server/transport/backplane/backplane.ts';
import { backplaneBehaviour } from '../../playground-server/transport/backplane/behaviour.ts';
import { foundLeft } from '../../playground-server/transport/backplane/log-rules.ts';
import { inMemory, inRedis, inSqlite } from './support/stores.ts';

for (const { title, run } of backplaneBehaviour(inMemory)) test(`[B1] [B4] in memory, ${title}`, run);
for (const { title, run } of backplaneBehaviour(inSqlite)) test(`[B2] [B4] in SQLite, ${title}`, run);
for (const { title, run } of backplaneBehaviour(inRedis)) test(`[B3] [B4] in Redis, ${title}`, run);

test('[R2] of a stream that is not kept, only one lost answer has a name', () => {
  expect(foundLeft('dropped', '"a"', 4)).toEqual({ kind: 'dropped', request: 'a', lastNumber: 4 });
  expect(foundLeft('dropped', '7', 4)).toEqual({ kind: 'dropped', request: 7, lastNumber: 4 });
  for (const purpose of ['["a","b"]', null]) expect(foundLeft('dropped', purpose, 4)).toEqual({ kind: 'finished' });
  expect(foundLeft('finished', '"a"', 4)).toEqual({ kind: 'finished' });
});

test('[B6] the error of a store says what it is', () => {
  expect(String(new StoreUnreachable('gone'))).toBe('StoreUnreachable: gone');
});
