/** The behaviour suite on a Redis of three nodes: each script has all its keys on one of them (rule B3). */
import { createClient } from '@redis/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { record } from '../../playground-server/transport/backplane/behaviour/case.ts';
import { backplaneBehaviour } from '../../playground-server/transport/backplane/behaviour.ts';
import { redis } from '../../playground-server/transport/backplane/redis.ts';
import { StoreUnreachable } from '../../playground-server/transport/index.ts';
import { startRedis } from '../setup/redis.ts';
import { type RunningCluster, startRedisCluster } from '../setup/redis-cluster.ts';
import { until } from '../setup/until.ts';
import { ClientSession, latest } from './support/client.ts';
import { serve } from './support/serve.ts';
import { inRedisAt } from './support/stores.ts';

let cluster: RunningCluster;
beforeAll(async () => {
  cluster = await startRedisCluster();
});
afterAll(() => cluster[Symbol.asyncDispose]());

const inCluster = inRedisAt(() => cluster.urls);
for (const { title, run } of backplaneBehaviour(inCluster)) test(`[B3] [B4] in a cluster, ${title}`, run);

test('[B3] two servers share their sessions in a cluster, wherever each session falls', async () => {
  const stores = [redis({ url: cluster.urls }), redis({ url: cluster.urls.slice(1) })] as const;
  {
    await using one = await serve({ backplane: stores[0] });
    await using two = await serve({ backplane: stores[1] });
    const sessions = await Promise.all(Array.from({ length: 20 }, () => one.session()));
    for (const session of sessions) {
      const elsewhere = new ClientSession(two, session.id, latest);
      const get = await elsewhere.get();
      expect((await session.answer('ping')).status).toBe(200);
      one.transport.broadcast('notifications/n');
      await get.until('the broadcast', ({ messages }) => messages.length > 0);
      get.destroy();
    }
  }
  for (const store of stores) store.close();
});

test('[B3] what is kept under a prefix can be removed, and no more', async () => {
  // As a pattern it would stand for the other as well.
  using mine = redis({ url: cluster.urls, prefix: 'a?:' });
  using other = redis({ url: cluster.urls, prefix: 'ab:' });
  const asker = { principal: null, origin: null };
  const ids = Array.from({ length: 30 }, (_, n) => `session-${n}`);
  const limits = { maxSessions: 100, maxSessionsPerPrincipal: null, idleTimeoutMs: null };
  for (const store of [mine, other]) {
    for (const id of ids) expect(await store.sessions.create(record(id), limits)).toMatchObject({ kind: 'created' });
  }
  await mine.clear();
  for (const id of ids) {
    expect(await mine.sessions.admit(id, asker)).toMatchObject({ kind: 'missing' });
    expect(await other.sessions.admit(id, asker)).toMatchObject({ kind: 'live' });
  }
});

test('[B3] [B6] a server that starts before its cluster does reaches it as soon as it is there', async () => {
  await using node = await startRedis({ cluster: true });
  const client = createClient({ url: node.url });
  await client.connect();
  await client.sendCommand(['CLUSTER', 'ADDSLOTSRANGE', '0', '16383']);
  client.destroy();
  await node.stop();
  using backplane = redis({ url: [node.url] });
  await expect(backplane.ping()).rejects.toThrow(StoreUnreachable);
  await node.restart();
  await until('it to be reached', () => backplane.isReachable);
});
