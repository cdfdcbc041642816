/** One behaviour suite for every backplane: what it asks is in playground-server/transport/backplane/behaviour.ts. */
import { test } from 'vitest';
import { backplaneBehaviour } from '../../playground-server/transport/backplane/behaviour.ts';
import { inMemory, inRedis, inSqlite } from './support/stores.ts';

for (const { title, run } of backplaneBehaviour(inMemory)) test(`[B1] [B4] in memory, ${title}`, run);
for (const { title, run } of backplaneBehaviour(inSqlite)) test(`[B2] [B4] in SQLite, ${title}`, run);
for (const { title, run } of backplaneBehaviour(inRedis)) test(`[B3] [B4] in Redis, ${title}`, run);
