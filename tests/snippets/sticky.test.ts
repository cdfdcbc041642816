import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Client } from '../contract/support/client.ts';
import { freePort } from '../setup/free-port.ts';
import { startHaproxy } from '../setup/haproxy.ts';
import { startNginx } from '../setup/nginx.ts';
import { type RunningProxy, replaced } from '../setup/proxy.ts';
import { until } from '../setup/until.ts';
import { addresses, startWorkers, type Workers } from './mcp-workers.ts';
import { ask, configuration, foundOfSix, open, type Words, withoutHash } from './proxied.ts';

const nginx = configuration('sticky/nginx-hash.conf');
const haproxy = configuration('sticky/haproxy.cfg');

let four: Workers;
beforeAll(async () => {
  four = await startWorkers(4);
});
afterAll(async () => {
  await four?.[Symbol.asyncDispose]();
});

async function haproxyBefore({ workers }: Workers, words: Words = {}): Promise<RunningProxy> {
  const peer = { '127.0.0.1:10000': `127.0.0.1:${await freePort()}` };
  return startHaproxy(haproxy, { ...addresses(workers), ...peer, ...words });
}

describe('nginx with a hash of the session id', () => {
  test('a session is found always, or never', async () => {
    await using proxy = await startNginx(nginx, addresses(four.workers));
    const found = await foundOfSix(proxy);
    expect(found.filter((calls) => calls !== 0 && calls !== 6)).toEqual([]);
    // All of 16 would agree by chance once in 4 billion runs.
    expect(found).toContain(0);
  });

  test('without the hash: now and then, each of them', async () => {
    await using proxy = await startNginx(nginx, { ...addresses(four.workers), ...withoutHash });
    for (const calls of await foundOfSix(proxy)) {
      expect(calls).toBeGreaterThan(0);
      expect(calls).toBeLessThan(6);
    }
  });
});

describe('HAProxy with a table learned from the answer', () => {
  test('every session is found always, and they are spread over all four', async () => {
    await using proxy = await haproxyBefore(four);
    expect(await foundOfSix(proxy)).toEqual(Array(16).fill(6));
    const pids = new Set<number>();
    for (let session = 0; session < 4; session++) pids.add((await ask(proxy, await open(proxy))).pid);
    expect([...pids].sort()).toEqual(four.workers.map(({ pid }) => pid).sort());
  });

  test.each(['stick match req.hdr(Mcp-Session-Id)', 'stick store-response res.hdr(Mcp-Session-Id)'])(
    'without %s: now and then',
    async (line) => {
      await using proxy = await haproxyBefore(four, { [line]: '' });
      for (const calls of await foundOfSix(proxy)) expect(calls).toBeLessThan(6);
    },
  );

  test('the GET stream and the end of the session find it too', async () => {
    await using proxy = await haproxyBefore(four);
    const session = await new Client(proxy.port).session();
    const heard = await session.get();
    await session.answer('tools/call', { name: 'announce', arguments: {} });
    await heard.received(1);
    expect((await session.delete()).status).toBe(200);
    await heard.done();
  });

  test('when the owner dies its sessions are answered 404 at once, the others go on, and a new one can be opened', async () => {
    await using started = await startWorkers(4);
    await using proxy = await haproxyBefore(started);
    const sessions = [];
    for (let n = 0; n < 8; n++) {
      const id = await open(proxy);
      sessions.push({ id, pid: (await ask(proxy, id)).pid });
    }
    const victim = started.workers[0];
    await victim?.kill();
    for (const { id, pid } of sessions) {
      const { status, text } = await ask(proxy, id);
      expect(status).toBe(pid === victim?.pid ? 404 : 200);
      if (status === 404) expect(text).toContain('Session not found');
    }
    expect((await ask(proxy, await open(proxy))).status).toBe(200);
  });

  test('without redispatch, its sessions are answered 503, which tells no client to open a new one', async () => {
    await using started = await startWorkers(4);
    await using proxy = await haproxyBefore(started, { 'option redispatch 1': '' });
    const id = await open(proxy);
    const { pid } = await ask(proxy, id);
    await started.workers.find((worker) => worker.pid === pid)?.kill();
    expect((await ask(proxy, id)).status).toBe(503);
  });

  test('ids of more than 32 characters that begin alike are one key, unless len says more', async () => {
    await using started = await startWorkers(4, { sessionIdPrefix: 'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.' });
    const statuses = async (words: Words) => {
      await using proxy = await haproxyBefore(started, words);
      const ids: string[] = [];
      for (let n = 0; n < 8; n++) ids.push(await open(proxy));
      const out: number[] = [];
      for (const id of ids) out.push((await ask(proxy, id)).status);
      return out;
    };
    expect(await statuses({})).toEqual(Array(8).fill(200));
    // All eight are sent where the last of them was opened: two of them are there.
    expect((await statuses({ ' len 256': '' })).filter((status) => status === 200)).toHaveLength(2);
  });

  test('a reload keeps the table, by the section peers', async () => {
    const statsPort = await freePort();
    const words = {
      ...addresses(four.workers),
      '127.0.0.1:10000': `127.0.0.1:${await freePort()}`,
      'localpeer lb1': `localpeer lb1\n  stats socket ipv4@127.0.0.1:${statsPort}`,
    };
    const afterReload = async (config: string, ready: (peers: string) => boolean) => {
      await using old = await startHaproxy(config, words);
      const ids: string[] = [];
      for (let n = 0; n < 8; n++) ids.push(await open(old));
      await until('the old one to be ready to teach', async () => ready(await showPeers(statsPort)));
      await using fresh = await startHaproxy(config, words, old);
      await old.exited;
      const statuses: number[] = [];
      // Not in the order in which they were opened, in which a new round robin would happen to find them.
      for (const id of ids.reverse()) statuses.push((await ask(fresh, id)).status);
      return statuses;
    };
    // For its first five seconds it waits to be taught itself.
    expect(await afterReload(haproxy, (peers) => peers.includes('resync_timeout=<PAST>'))).toEqual(Array(8).fill(200));
    expect(await afterReload(replaced(haproxy, { ' peers reload\n': '\n' }), () => true)).toContain(404);
  });
});

/** What HAProxy says of its peers on its stats socket. */
async function showPeers(port: number): Promise<string> {
  const socket = connect(port, '127.0.0.1').setEncoding('utf8');
  socket.end('show peers\n');
  let text = '';
  for await (const chunk of socket) text += chunk as string;
  return text;
}
