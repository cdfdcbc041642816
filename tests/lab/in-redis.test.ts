/** With REDIS_URL, labs that share their state keep it in Redis, and the server looks after it. */
import { execFileSync } from 'node:child_process';
import { createClient } from '@redis/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningRedis, startRedis } from '../setup/redis.ts';
import { until } from '../setup/until.ts';
import { type LocalServer, localServer, TestLab } from './local-server.ts';

let redis: RunningRedis;
let server: LocalServer;
beforeAll(async () => {
  redis = await startRedis();
  server = await localServer({ config: { metricsPort: 0, redisUrl: redis.url } });
});
afterAll(async () => {
  await server.stop();
  await redis[Symbol.asyncDispose]();
});

const ready = async () => {
  const response = await fetch(`${server.origin}/readyz`);
  return [response.status, ((await response.json()) as { status: string }).status];
};

test('[B3] [B5] a lab keeps its sessions in Redis, and loses none when the process that opened it is killed', async () => {
  const answer = (await (await fetch(`${server.origin}/api/deployments`)).json()) as {
    deployments: { id: string; backplane: string }[];
  };
  expect(answer.deployments.find(({ id }) => id === 'shared')?.backplane).toBe('redis');
  await using lab = await TestLab.create(server.origin, { deployment: 'shared' });
  const session = await lab.initialize();
  await lab.kill('p1');
  for (let call = 1; call <= 8; call++) expect((await lab.callTool(session, 'whoami', {}, call)).status).toBe(200);
  const client = createClient({ url: redis.url });
  await client.connect();
  const keys = () => client.keys('lab:*');
  expect((await keys()).filter((key) => key.includes(`{${session}}:session`))).toHaveLength(1);
  await using other = await TestLab.create(server.origin, { deployment: 'shared' });
  await other.initialize();
  await other.api('', { method: 'DELETE' });
  expect(new Set((await keys()).map((key) => key.split(':')[1])).size, 'labs with keys').toBe(1);
  client.destroy();
  const began = (await lab.poll()).events.find(({ body }) => body.type === 'lab-began');
  expect(began?.body).toMatchObject({ deployment: 'shared', store: 'redis' });
  // Not even which Redis it is: a URL may hold a password.
  expect(execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })).not.toContain(redis.url);
  expect(server.logged()).not.toContain(redis.url);
});

test('[B6] readyz and the metrics say whether Redis answers', async () => {
  await until('it to be reached', async () => (await ready())[0] === 200);
  const metric = async () => (await fetch(`http://127.0.0.1:${server.metricsPort}/metrics`)).text();
  expect(await metric()).toMatch(/^lab_store_reachable 1$/m);
  redis.pause();
  try {
    expect(await ready()).toEqual([503, 'store-unreachable']);
    expect((await fetch(`${server.origin}/healthz`)).status).toBe(200);
    expect(await metric()).toMatch(/^lab_store_reachable 0$/m);
  } finally {
    redis.resume();
  }
  await until('it to be reached again', async () => (await ready())[0] === 200);
});
