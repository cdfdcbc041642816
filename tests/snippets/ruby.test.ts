import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { findRuby } from '../../scripts/lib/system-packages.js';
import { Client } from '../contract/support/client.ts';
import type { RunningProxy } from '../setup/proxy.ts';
import { until } from '../setup/until.ts';
import { ask, open } from './proxied.ts';
import { pumaOf, pumaWorkers, type Setup, saying, stateless, unicornWorkers } from './ruby-servers.ts';

const calls = 40;

/** The statuses of so many calls in one session, each on a connection of its own. */
async function statuses(server: RunningProxy): Promise<number[]> {
  const session = await open(server);
  const all: number[] = [];
  for (let call = 0; call < calls; call++) all.push((await ask(server, session)).status);
  return all;
}
const allFound = Array.from({ length: calls }, () => 200);

/** Ten calls at once, so that one worker cannot take them all before another has woken. */
const burst = (server: RunningProxy, session: string) =>
  Promise.all(Array.from({ length: 10 }, () => ask(server, session)));

/** Calls in one session until it was found and was lost: which worker takes a connection is the system's choice. */
async function foundAndLost(server: RunningProxy): Promise<void> {
  const session = await open(server);
  const seen = new Map<number, string>();
  await until('a call that finds its session, and one that does not', async () => {
    for (const { status, text } of await burst(server, session)) seen.set(status, text);
    return seen.size > 1;
  });
  expect([...seen.keys()].sort()).toEqual([200, 404]);
  expect(JSON.parse(seen.get(404) ?? '')).toMatchObject({ id: null, error: { message: 'Session not found' } });
}

/** What `whoami` says, when the words of its text are replaced. */
async function said(server: RunningProxy): Promise<string> {
  const { text } = await ask(server, await open(server));
  return JSON.parse(text).result.content[0].text;
}

describe('the files of the page, under the real servers', () => {
  test('ruby/config.ru, ruby/puma.rb: one process with threads, and every call finds its session', async () => {
    await using server = await pumaOf();
    expect(await statuses(server)).toEqual(allFound);
  });

  test('many at once find it too', async () => {
    await using server = await pumaOf();
    const session = await open(server);
    const answers = await Promise.all(Array.from({ length: calls }, () => ask(server, session)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set(answers.map(({ pid }) => pid))).toEqual(new Set([server.pid]));
  });

  test('Puma, workers 1: one process, though not the one that was started', async () => {
    await using server = await pumaWorkers(1);
    expect(await statuses(server)).toEqual(allFound);
    expect((await ask(server, await open(server))).pid).not.toBe(server.pid);
  });

  test('Puma, workers 2: some calls find their session and some do not', async () => {
    await using server = await pumaWorkers(2);
    await foundAndLost(server);
  });

  test('Unicorn, one worker: every call finds it', async () => {
    await using server = await unicornWorkers(1);
    expect(await statuses(server)).toEqual(allFound);
  });

  test('Unicorn, four workers: some do and some do not', async () => {
    await using server = await unicornWorkers(4);
    await foundAndLost(server);
  });

  test.each([
    { server: 'Puma, workers 2', start: () => pumaWorkers(2, { app: stateless }) },
    { server: 'ruby/unicorn.rb, four workers', start: () => unicornWorkers(4, { app: stateless }) },
  ])('$server, stateless: no session, and every call is answered by whichever worker', async ({ start }) => {
    await using server = await start();
    expect((await new Client(server.port).initialize()).headers).not.toHaveProperty('mcp-session-id');
    const pids = new Set<number>();
    await until('two workers to answer', async () => {
      for (const { status, pid } of await burst(server, 'any')) {
        expect(status).toBe(200);
        pids.add(pid);
      }
      return pids.size > 1;
    });
  });

  test('/healthz is answered whatever the host, and /mcp is not', async () => {
    await using server = await pumaOf();
    const headers = { host: '10.0.0.7:9292' };
    const health = await new Client(server.port).send({ method: 'GET', path: '/healthz', headers });
    expect(health).toMatchObject({ status: 200, text: 'ok\n' });
    const refused = await new Client(server.port).initialize({}, headers);
    expect(refused.status).toBe(403);
  });
});

describe('what decides the number of processes', () => {
  const two = { WEB_CONCURRENCY: '2' };

  test('workers 0 in the file is stronger than WEB_CONCURRENCY', async () => {
    await using server = await pumaOf({ env: two });
    expect(server.log()).toContain('starting in single mode');
    expect((await ask(server, await open(server))).pid).toBe(server.pid);
  });

  test('without that line, WEB_CONCURRENCY=2 is two processes', async () => {
    await using server = await pumaOf({ server: { 'workers 0\n': '' }, env: two });
    expect(server.log()).toContain('starting in cluster mode');
    await foundAndLost(server);
  });
});

describe('a call that waits for another request', () => {
  /** The call waits until /healthz was asked, as a tool that asks the client waits for the client's next POST. */
  const waiting = (seconds: number): Setup => ({
    app: saying(`(warn('waiting'); Timeout.timeout(${seconds}) { ASKED.pop }) rescue 'nobody came'`, {
      "require 'mcp'": "require 'mcp'; require 'timeout'; ASKED = Queue.new",
      '["ok\\n"]': "[ASKED.push('it came') && 'ok']",
    }),
  });

  async function meet(server: RunningProxy): Promise<string> {
    const call = said(server);
    await until('the call to wait', () => server.log().includes('waiting'));
    await new Client(server.port).send({ method: 'GET', path: '/healthz' });
    return await call;
  }

  test('Puma with threads serves both', async () => {
    await using server = await pumaOf(waiting(30));
    expect(await meet(server)).toBe('it came');
  });

  test.each([
    { server: 'Unicorn with one worker', start: () => unicornWorkers(1, waiting(1)) },
    {
      server: 'Puma with one thread',
      start: () => pumaOf({ ...waiting(1), server: { 'threads 5, 32': 'threads 1, 1' } }),
    },
  ])('$server does not come to the other before the first is over', async ({ start }) => {
    await using server = await start();
    expect(await meet(server)).toBe('nobody came');
  });

  test('Unicorn kills a worker whose call takes longer than timeout, and its sessions go with it', async () => {
    const app = saying("SLOW.pop(true) && sleep(60) rescue 'quick'", {
      "require 'mcp'": "require 'mcp'; SLOW = Queue.new",
      '["ok\\n"]': "[SLOW.push('now') && 'ok']",
    });
    await using server = await unicornWorkers(1, { app, server: { 'timeout 60': 'timeout 3' } });
    const session = await open(server);
    expect((await ask(server, session)).status).toBe(200);
    await new Client(server.port).send({ method: 'GET', path: '/healthz' });
    await expect(ask(server, session)).rejects.toThrow();
    await until('the reason', () => /worker=0 PID:\d+ timeout \(\d+s > 3s\), killing/.test(server.log()));
    expect((await ask(server, session)).status).toBe(404);
  });
});

describe('a thread started with the application, in a worker', () => {
  const reaper: Setup = { app: saying("Thread.list.any? { |t| t.name == 'session reaper' }.to_s") };
  const preload = { 'threads 5, 32': 'threads 5, 32\npreload_app!' };

  test.each([
    { alive: 'true', server: 'Puma, workers 0', start: () => pumaOf(reaper) },
    { alive: 'true', server: 'Puma, workers 1', start: () => pumaWorkers(1, reaper) },
    {
      alive: 'false',
      server: 'Puma, workers 1, preload_app!',
      start: () => pumaWorkers(1, { ...reaper, server: preload }),
    },
    {
      alive: 'false',
      server: 'Puma, WEB_CONCURRENCY=2 and no workers in the file',
      start: () => pumaOf({ ...reaper, server: { 'workers 0\n': '' }, env: { WEB_CONCURRENCY: '2' } }),
    },
    { alive: 'false', server: 'Unicorn, preload_app true', start: () => unicornWorkers(1, reaper) },
    {
      alive: 'true',
      server: 'Unicorn, preload_app false',
      start: () => unicornWorkers(1, { ...reaper, server: { 'preload_app true': 'preload_app false' } }),
    },
  ])('$server: alive is $alive', async ({ alive, server: name, start }) => {
    await using server = await start();
    // With two workers the session may be lost; whichever finds one can say it.
    expect(await until('a call that is found', () => said(server))).toBe(alive);
    if (name.startsWith('Puma') && alive === 'false') {
      await until('the warning', () => server.log().includes('WARNING: Detected 1 Thread(s) started in app boot'));
    }
  });
});

describe('streams on Rack 2', () => {
  const asItIs: Setup = { app: {} };
  const whoami = { jsonrpc: '2.0', id: 2, method: 'tools/call', params: { name: 'whoami', arguments: {} } };
  const call = async (server: RunningProxy) =>
    new Client(server.port).send({ headers: { 'mcp-session-id': await open(server) }, body: whoami });

  test('Puma 5.6: 200 and a stream that breaks off with nothing in it, and the reason in the log', async () => {
    await using server = await pumaOf(asItIs);
    expect(await call(server)).toMatchObject({ status: 200, state: 'cut', text: '' });
    await until('the reason', () => server.log().includes("undefined method `each' for #<Proc"));
  });

  test('Unicorn 6.0: 200, and in its body the head of a 500', async () => {
    await using server = await unicornWorkers(1, asItIs);
    expect(await call(server)).toMatchObject({ status: 200, text: 'HTTP/1.1 500 Internal Server Error\r\n\r\n' });
    await until('the reason', () => server.log().includes("undefined method `each' for #<Proc"));
  });

  test('enable_json_response: calls work, and the GET stream does not', async () => {
    await using server = await pumaOf();
    const session = await open(server);
    expect((await ask(server, session)).pid).toBe(server.pid);
    const get = await new Client(server.port).send({ method: 'GET', headers: { 'mcp-session-id': session } });
    expect(get).toMatchObject({ status: 200, state: 'cut', text: '' });
  });
});

describe('the files that need the gem, or Rails', () => {
  test.each(['ruby/config.ru', 'ruby/puma.rb', 'ruby/unicorn.rb', 'ruby/routes.rb', 'ruby/controller.rb'])(
    '%s is Ruby',
    async (name) => {
      const file = fileURLToPath(new URL(`../../content/snippets/${name}`, import.meta.url));
      const { stdout } = await promisify(execFile)(findRuby() ?? 'ruby', ['-wc', file]);
      expect(stdout).toBe('Syntax OK\n');
    },
  );
});
