import { createClient } from '@redis/client';
import { type RunningRedis, startRedis } from './redis.ts';
import { until } from './until.ts';

export interface RunningCluster extends AsyncDisposable {
  readonly urls: string[];
}

/** Starts three Redis servers that are one cluster, each with a third of the slots. */
export async function startRedisCluster(): Promise<RunningCluster> {
  const nodes = await Promise.all([1, 2, 3].map(() => startRedis({ cluster: true })));
  const urls = nodes.map(({ url }) => url);
  await Promise.all(urls.map((url, index) => join(url, index, nodes)));
  await until('the cluster to be whole', async () =>
    (await Promise.all(urls.map((url) => ask(url, ['CLUSTER', 'INFO'])))).every(
      (info) => String(info).includes('cluster_state:ok') && String(info).includes('cluster_known_nodes:3'),
    ),
  );
  return {
    urls,
    [Symbol.asyncDispose]: async () => {
      await Promise.all(nodes.map((node) => node[Symbol.asyncDispose]()));
    },
  };
}

async function join(url: string, index: number, nodes: readonly RunningRedis[]): Promise<void> {
  const [first, last] = [[0, 5_461, 10_923][index], [5_460, 10_922, 16_383][index]];
  await ask(url, ['CLUSTER', 'ADDSLOTSRANGE', String(first), String(last)]);
  const others = nodes.filter((node) => node.url !== url);
  for (const { url: other, busPort } of others) {
    await ask(url, ['CLUSTER', 'MEET', '127.0.0.1', new URL(other).port, String(busPort)]);
  }
}

async function ask(url: string, command: string[]): Promise<unknown> {
  const client = createClient({ url });
  await client.connect();
  try {
    return await client.sendCommand(command);
  } finally {
    client.destroy();
  }
}
