import { request } from 'node:http';
import { join } from 'node:path';
import { createClient } from '@redis/client';
import { expect, test } from 'vitest';
import { startRedis } from '../setup/redis.ts';
import { tempFolder } from '../setup/temp-folder.ts';
import { until } from '../setup/until.ts';
import { startNodeServer } from './node-server.ts';
import { runSnippet } from './run-snippet.ts';

const topic = 'shared-state';

test('[B2] the server of the page: four processes, and each of twenty calls on fresh connections finds its session', async () => {
  await using folder = await tempFolder();
  await using four = await startNodeServer(`${topic}/server.ts`, { STORE: join(folder.path, 'sessions.db') });
  const output = await runSnippet('session-not-found/count.sh', { endpoint: four.endpoint });
  expect(output).toMatch(/^session [\w-]{20,}$/m);
  expect(output).toMatch(/^ *20 200$/m);
});

test('[B5] its processes are killed one after another, and the session stays', async () => {
  await using folder = await tempFolder();
  await using four = await startNodeServer(`${topic}/server.ts`, { STORE: join(folder.path, 'sessions.db') });
  const session = await open(four.endpoint);
  /** Who answers. A call may be lost with the process that takes it, and is sent again; the session may not. */
  const pid = () =>
    until('an answer', async () => {
      const answer = await post(four.endpoint, 'tools/call', { name: 'whoami' }, session);
      statuses.add(answer.status);
      return pidIn(await answer.text());
    });
  const statuses = new Set<number>();
  const killed = new Set<number>();
  while (killed.size < 5) {
    const one = await pid();
    if (!killed.has(one)) process.kill(one, 'SIGKILL');
    killed.add(one);
  }
  expect(await pid()).toBeGreaterThan(0);
  expect([...statuses]).toEqual([200]);
});

test('[B3] [B5] two servers of the page with one Redis: any call goes to either, one is killed, and the session stays', async () => {
  await using redis = await startRedis();
  await using one = await startNodeServer(`${topic}/redis.ts`, { REDIS_URL: redis.url });
  await using other = await startNodeServer(`${topic}/redis.ts`, { REDIS_URL: redis.url });
  const session = await open(one.endpoint);
  const pid = async (endpoint: string) => {
    const answer = await post(endpoint, 'tools/call', { name: 'whoami' }, session);
    expect(answer.status).toBe(200);
    return pidIn(await answer.text());
  };
  const [first, second] = [await pid(one.endpoint), await pid(other.endpoint)];
  expect(first).not.toBe(second);
  for (let n = 0; n < 10; n += 1) {
    expect([await pid(one.endpoint), await pid(other.endpoint)]).toEqual([first, second]);
  }
  process.kill(first, 'SIGKILL');
  expect(await pid(other.endpoint)).toBe(second);
});

test('[B3] [G1] a server of the page answers under the names that HOSTS gives it, and no other', async () => {
  await using redis = await startRedis();
  await using server = await startNodeServer(`${topic}/redis.ts`, {
    REDIS_URL: redis.url,
    HOSTS: 'mcp.example.com,other.example.com',
  });
  const statusFor = (host: string): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      const asked = request(server.endpoint, { headers: { host } }, (answer) => resolve(answer.resume().statusCode));
      asked.on('error', reject).end();
    });
  // What accepts no event stream is 406, once it is let in.
  expect(await statusFor('mcp.example.com')).toBe(406);
  expect(await statusFor('other.example.com')).toBe(406);
  expect(await statusFor('evil.example.com')).toBe(403);
});

test('[B3] [B6] Redis is killed: with what it wrote down the session is there again, and without it is 404', async () => {
  await using redis = await startRedis();
  await using server = await startNodeServer(`${topic}/redis.ts`, { REDIS_URL: redis.url });
  const call = (session: string) => post(server.endpoint, 'tools/call', { name: 'whoami' }, session);
  const session = await open(server.endpoint);
  await redis.stop();
  const away = await call(session);
  expect([away.status, away.headers.get('retry-after')]).toEqual([503, '1']);
  await redis.restart();
  await until('the session to be there again', async () => (await call(session)).status === 200);
  await emptied(redis.url);
  expect((await call(session)).status).toBe(404);
  expect((await call(await open(server.endpoint))).status).toBe(200);
});

/** As a Redis that keeps nothing is after a restart. */
async function emptied(url: string): Promise<void> {
  const client = createClient({ url });
  await client.connect();
  await client.flushAll();
  client.destroy();
}

/** @returns the id of a new session */
async function open(endpoint: string): Promise<string> {
  const opened = await post(endpoint, 'initialize', {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 'test', version: '1' },
  });
  return opened.headers.get('mcp-session-id') ?? '';
}

const pidIn = (text: string): number => Number(/pid (\d+)/.exec(text)?.[1]);

/** A connection of its own each time, which is given up when the process that takes it dies before it says so. */
function post(endpoint: string, method: string, params: object, session?: string): Promise<Response> {
  return fetch(endpoint, {
    method: 'POST',
    headers: {
      connection: 'close',
      accept: 'application/json, text/event-stream',
      'content-type': 'application/json',
      ...(session && { 'mcp-session-id': session }),
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
    signal: AbortSignal.timeout(2_000),
  });
}
