import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Client } from '../contract/support/client.ts';
import { startHaproxy } from '../setup/haproxy.ts';
import { startNginx } from '../setup/nginx.ts';
import type { RunningProxy } from '../setup/proxy.ts';
import { until } from '../setup/until.ts';
import { addresses, startWorkers, type Worker, type Workers } from './mcp-workers.ts';
import { buffering, configuration, http10, type Words } from './proxied.ts';
import { recorded, runSnippet, startSnippet } from './run-snippet.ts';

const nginx = configuration('proxies/nginx.conf');
const haproxy = configuration('proxies/haproxy.cfg');

/** Servers that differ in what they send. Each test puts a proxy of its own in front of one of them. */
const kinds = {
  plain: {},
  withoutHeader: { sendsXAccelBuffering: false },
  // An hour is longer than any test: nothing keeps its streams from being quiet.
  quiet: { keepAliveMs: 3_600_000 },
  lively: { keepAliveMs: 100 },
  json: { enableJsonResponse: true },
};
type Kind = keyof typeof kinds;
const running = new Map<string, Workers>();

beforeAll(async () => {
  for (const [kind, options] of Object.entries(kinds)) running.set(kind, await startWorkers(1, options));
});
afterAll(async () => {
  for (const workers of running.values()) await workers[Symbol.asyncDispose]();
});

function server(kind: Kind): Worker {
  const [worker] = running.get(kind)?.workers ?? [];
  if (!worker) throw new Error(`No server ${kind}`);
  return worker;
}
const nginxBefore = (kind: Kind, words: Words = {}) => startNginx(nginx, { ...addresses([server(kind)]), ...words });
const haproxyBefore = (kind: Kind, words: Words = {}) =>
  startHaproxy(haproxy, { ...addresses([server(kind)]), ...words });

/** The standalone stream of a session through the proxy, once its head is here. */
async function listen(proxy: RunningProxy, kind: Kind) {
  const { beginning, ...rest } = await askToListen(proxy, kind);
  return { ...rest, heard: await beginning };
}

/** The same while its head may be on its way; and beside the proxy, the stream of another session. */
async function askToListen(proxy: RunningProxy, kind: Kind) {
  const session = await new Client(proxy.port).session();
  const direct = await (await new Client(server(kind).port).session()).get();
  let hasBegun = false;
  const beginning = session.get().then((heard) => {
    hasBegun = true;
    return heard;
  });
  /** Tells both sessions something. Resolves once the one beside the proxy has heard so many messages in all. */
  const announce = async (times: number) => {
    await session.answer('tools/call', { name: 'announce', arguments: {} });
    await direct.received(times);
  };
  return { session, beginning, hasBegun: () => hasBegun, announce };
}

describe('events arrive all at once, behind nginx', () => {
  test('as on the page: each event goes out when it comes in', async () => {
    await using proxy = await nginxBefore('withoutHeader');
    const { heard, announce } = await listen(proxy, 'withoutHeader');
    for (const times of [1, 2]) {
      await announce(times);
      await heard.received(times);
    }
    expect(heard.state).toBe('arriving');
  });

  test('with the defaults of old versions: none, until the stream ends', async () => {
    await using proxy = await nginxBefore('withoutHeader', { ...http10, ...buffering });
    const { session, beginning, hasBegun, announce } = await askToListen(proxy, 'withoutHeader');
    for (const times of [1, 2, 3]) await announce(times);
    // Not even the head of the response.
    expect(hasBegun()).toBe(false);
    await session.delete();
    expect((await (await beginning).done()).messages).toHaveLength(3);
  });

  test.each([
    { cure: 'proxy_buffering off', kind: 'withoutHeader', words: http10 },
    { cure: 'proxy_http_version 1.1', kind: 'withoutHeader', words: buffering },
    { cure: 'X-Accel-Buffering: no from the server', kind: 'plain', words: { ...http10, ...buffering } },
  ] as const)('$cure is enough alone', async ({ kind, words }) => {
    await using proxy = await nginxBefore(kind, words);
    const { heard, announce } = await listen(proxy, kind);
    await announce(1);
    await heard.received(1);
  });

  test('told to ignore the header, nginx collects again', async () => {
    const ignore = { 'proxy_buffering off;': 'proxy_ignore_headers X-Accel-Buffering;' };
    await using proxy = await nginxBefore('plain', { ...http10, ...ignore });
    const { session, beginning, hasBegun, announce } = await askToListen(proxy, 'plain');
    await announce(1);
    expect(hasBegun()).toBe(false);
    await session.delete();
    expect((await (await beginning).done()).messages).toHaveLength(1);
  });
});

describe('events come late, behind HAProxy', () => {
  /** How much later than beside the proxy an event is there: the median of five, in milliseconds. */
  async function delayMs(words: Words): Promise<number> {
    await using proxy = await haproxyBefore('plain', words);
    const { heard, announce } = await listen(proxy, 'plain');
    const delaysMs: number[] = [];
    for (const times of [1, 2, 3, 4, 5]) {
      await announce(times);
      const from = performance.now();
      await heard.received(times);
      delaysMs.push(performance.now() - from);
    }
    return delaysMs.sort((a, b) => a - b)[2] as number;
  }

  test('as on the page: at once; without http-no-delay: by about 200 ms', async () => {
    const late = await delayMs({ 'option http-no-delay': '' });
    expect(late).toBeGreaterThan(100);
    expect(await delayMs({})).toBeLessThan(late / 2);
  });
});

describe('a quiet stream is cut', () => {
  const cutByServerTimeout = / sD-- .*"GET \/mcp HTTP\/1.1"/;

  test('nginx: after proxy_read_timeout, without the end that a whole answer has', async () => {
    await using proxy = await nginxBefore('quiet', { 'proxy_read_timeout 1h': 'proxy_read_timeout 500ms' });
    const { heard } = await listen(proxy, 'quiet');
    expect((await heard.done()).state).toBe('cut');
    await until('the reason in the log', () =>
      proxy.log().includes('upstream timed out (110: Connection timed out) while reading upstream'),
    );
  });

  test('HAProxy: after timeout server, whatever timeout tunnel says', async () => {
    const words = { 'timeout server 1h': 'timeout server 500ms\n  timeout tunnel 1h' };
    await using proxy = await haproxyBefore('quiet', words);
    const { heard } = await listen(proxy, 'quiet');
    expect((await heard.done()).state).toBe('cut');
    await until('the reason in the log', () => cutByServerTimeout.test(proxy.log()));
  });

  test('HAProxy: timeout client does not cut it', async () => {
    const words = { 'timeout client 1h': 'timeout client 300ms', 'timeout server 1h': 'timeout server 1500ms' };
    await using proxy = await haproxyBefore('quiet', words);
    const { heard } = await listen(proxy, 'quiet');
    await heard.done();
    // It lived until the other time was up.
    await until('the reason in the log', () => cutByServerTimeout.test(proxy.log()));
  });

  test.each([
    { name: 'nginx', start: () => nginxBefore('lively', { 'proxy_read_timeout 1h': 'proxy_read_timeout 1s' }) },
    {
      name: 'HAProxy',
      start: () =>
        haproxyBefore('lively', { 'timeout server 1h': 'timeout server 1s', 'timeout client 1h': 'timeout client 1s' }),
    },
  ])('$name: not when the server writes a comment more often', async ({ start }) => {
    await using proxy = await start();
    const { heard, announce } = await listen(proxy, 'lively');
    // Ten a second: together three times as long as the proxy would wait.
    await heard.until('30 comments', ({ text }) => text.split('\n:').length > 30);
    await announce(1);
    await heard.received(1);
  });
});

describe('the command that tells how long a quiet stream lives', () => {
  const quiet = async ({ port }: RunningProxy) => {
    const output = await runSnippet('proxies/quiet.sh', { endpoint: `http://127.0.0.1:${port}/mcp` });
    return output.replace(/\d+\.\d+ s/, 'N s');
  };

  test('cut by nginx: as the page shows', async () => {
    await using proxy = await nginxBefore('quiet', { 'proxy_read_timeout 1h': 'proxy_read_timeout 500ms' });
    expect(await quiet(proxy)).toBe(recorded('proxies/quiet', '').replace(/\d+\.\d+ s/, 'N s'));
  });

  test('cut by HAProxy: the same', async () => {
    await using proxy = await haproxyBefore('quiet', { 'timeout server 1h': 'timeout server 500ms' });
    expect(await quiet(proxy)).toContain("curl's exit code: 18");
  });

  test('a server that dies behind HTTP/1.0: exit code 0', async () => {
    await using started = await startWorkers(1);
    await using proxy = await startNginx(nginx, { ...addresses(started.workers), ...http10 });
    await using running = startSnippet('proxies/quiet.sh', { endpoint: `http://127.0.0.1:${proxy.port}/mcp` });
    await until('the first event', () => running.output().includes('data:'));
    await started.workers[0]?.kill();
    expect(await running.finished).toContain("curl's exit code: 0");
  });
});

describe('a call that says nothing until it is done', () => {
  const slow = (ms: number) => ({ name: 'slow', arguments: { ms } });

  test('nginx: 504 with a page of HTML, where JSON-RPC was asked for', async () => {
    await using proxy = await nginxBefore('json', { 'proxy_read_timeout 1h': 'proxy_read_timeout 500ms' });
    const answer = await (await new Client(proxy.port).session()).answer('tools/call', slow(60_000));
    expect(answer).toMatchObject({ status: 504, headers: { 'content-type': 'text/html' } });
    expect(answer.text).toContain('<title>504 Gateway Time-out</title>');
  });

  test('HAProxy: 504 likewise', async () => {
    await using proxy = await haproxyBefore('json', { 'timeout server 1h': 'timeout server 500ms' });
    const answer = await (await new Client(proxy.port).session()).answer('tools/call', slow(60_000));
    expect(answer).toMatchObject({ status: 504, headers: { 'content-type': 'text/html' } });
    expect(answer.text).toContain("The server didn't respond in time.");
  });

  test('answered as a stream with comments, it lives', async () => {
    await using proxy = await nginxBefore('lively', { 'proxy_read_timeout 1h': 'proxy_read_timeout 1s' });
    const answer = await (await new Client(proxy.port).session()).answer('tools/call', slow(2_500));
    expect(answer.messages.at(-1)).toMatchObject({ result: { content: [{ text: 'Took 2500 ms' }] } });
  });
});

describe('the server dies in the midst of a stream, behind nginx', () => {
  test.each([
    { version: '1.1', words: {}, state: 'cut' },
    { version: '1.0', words: http10, state: 'ended' },
  ])('HTTP/$version to the server: for the client the answer is $state', async ({ words, state }) => {
    await using started = await startWorkers(1);
    await using proxy = await startNginx(nginx, { ...addresses(started.workers), ...words });
    const heard = await (await new Client(proxy.port).session()).get();
    await heard.until('the first event', ({ text }) => text.includes('data:'));
    await started.workers[0]?.kill();
    expect((await heard.done()).state).toBe(state);
  });
});

describe('what else nginx changes unless told otherwise', () => {
  test('the Host: 403', async () => {
    await using proxy = await nginxBefore('plain', { 'proxy_set_header Host $host;': '' });
    const answer = await new Client(proxy.port).initialize();
    expect(answer.status).toBe(403);
    expect(answer.json.error.message).toMatch(/^Invalid Host header: "mcp_server"\./);
  });

  test('the length of a body: 413 above 1 MiB; as on the page, the server decides', async () => {
    const body = JSON.stringify({ jsonrpc: '2.0', method: 'notifications/x', params: { x: 'x'.repeat(2 ** 20) } });
    await using byDefault = await nginxBefore('plain', { 'client_max_body_size 4m;': '' });
    const refused = await new Client(byDefault.port).send({ body });
    expect(refused).toMatchObject({ status: 413, headers: { 'content-type': 'text/html' } });
    await using asOnThePage = await nginxBefore('plain');
    const session = await new Client(asOnThePage.port).session();
    expect((await session.send({ body })).status).toBe(202);
  });
});

describe('health checks, by HAProxy', () => {
  const often = { ' check': ' check inter 50ms' };

  test('of the MCP endpoint: 406, and soon no server is left', async () => {
    await using proxy = await haproxyBefore('plain', { ...often, 'httpchk GET /healthz': 'httpchk GET /mcp' });
    await until('the server to be taken out', () => proxy.log().includes("backend 'mcp' has no server available!"));
    expect(proxy.log()).toContain('Server mcp/p1 is DOWN, reason: Layer7 wrong status, code: 406');
    const answer = await new Client(proxy.port).initialize();
    expect(answer.status).toBe(503);
    expect(answer.text).toContain('No server is available to handle this request.');
  });

  test('of a path of its own: in while it lives, out when it is dead', async () => {
    await using started = await startWorkers(1);
    await using proxy = await startHaproxy(haproxy, { ...addresses(started.workers), ...often });
    expect((await new Client(proxy.port).initialize()).status).toBe(200);
    await started.workers[0]?.kill();
    await until('the dead one to be taken out', () => proxy.log().includes('Server mcp/p1 is DOWN'));
    expect(proxy.log()).not.toContain('Layer7 wrong status');
  });
});
