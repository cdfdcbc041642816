/**
 * The figures of the pages about proxies. `MEASURE=1` takes them anew, in about four minutes, with the real default
 * times of the programs, and writes them into content/measurements; else what is there is held to its own runs.
 */

import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { Client } from '../contract/support/client.ts';
import { freePort } from '../setup/free-port.ts';
import { startHaproxy } from '../setup/haproxy.ts';
import { startNginx } from '../setup/nginx.ts';
import type { RunningProxy } from '../setup/proxy.ts';
import { addresses, startWorkers, type WorkerOptions, type Workers } from './mcp-workers.ts';
import { buffering, configuration, foundOfSix, http10, type Words, withoutHash } from './proxied.ts';

interface Figures {
  with: string;
  of: number;
  rows: { server: string; answered: string; lost: string; runs: number[] }[];
}
const fileOf = (name: string) =>
  fileURLToPath(new URL(`../../content/measurements/proxies-${name}.json`, import.meta.url));
const figures = (name: string) => JSON.parse(readFileSync(fileOf(name), 'utf8')) as Figures;

const nginx = (words: Words = {}) => ({ file: 'proxies/nginx.conf', start: startNginx, words });
const haproxy = (words: Words = {}) => ({ file: 'proxies/haproxy.cfg', start: startHaproxy, words });
type Setup = ReturnType<typeof nginx>;

const start = async ({ file, start, words }: Setup, { workers }: Workers): Promise<RunningProxy> =>
  start(configuration(file), { ...addresses(workers), ...words });

/** How many of ten progress events, 500 ms apart, came apart from the next. */
async function cameOneByOne({ port }: { port: number }): Promise<number> {
  const session = await new Client(port).session();
  const call = { name: 'count', arguments: { to: 10, everyMs: 500 }, _meta: { progressToken: 1 } };
  const answer = session.call('tools/call', call);
  const at: number[] = [];
  for (let count = 1; count <= 10; count++) {
    await (await answer).received(count);
    at.push(performance.now());
  }
  const gaps = at.slice(1).map((time, index) => time - (at[index] as number));
  // The last one has no next: it stands with the one before.
  return [...gaps, gaps.at(-1) as number].filter((gap) => gap > 250).length;
}

/** How many seconds of 150 a stream lives that nobody says anything on. */
async function secondsAlive({ port }: { port: number }): Promise<number> {
  const session = await new Client(port).session();
  const began = performance.now();
  const stream = await session.get();
  while (stream.state === 'arriving' && performance.now() - began < 150_000) await delay(50);
  stream.destroy();
  return Math.round((performance.now() - began) / 1000);
}

const three = <T>(take: () => Promise<T>): Promise<T[]> => Promise.all([take(), take(), take()]);

const nginxDefault: Words = { 'proxy_read_timeout 1h;': '' };
const debianDefault: Words = { 'timeout server 1h': 'timeout server 50s', 'timeout client 1h': 'timeout client 50s' };
const no: WorkerOptions = { sendsXAccelBuffering: false };
const every = (seconds: number): WorkerOptions => ({ keepAliveMs: seconds * 1000 });

/** In the order of the rows. */
const buffered: [WorkerOptions, Setup | undefined][] = [
  [no, undefined],
  [no, nginx({ ...http10, ...buffering })],
  [{}, nginx({ ...http10, ...buffering })],
  [no, nginx(buffering)],
  [no, nginx()],
  [no, haproxy()],
];
const idle: [WorkerOptions, Setup][] = [
  [every(75), nginx(nginxDefault)],
  [every(15), nginx(nginxDefault)],
  [every(75), nginx()],
  [every(75), haproxy(debianDefault)],
  [every(15), haproxy(debianDefault)],
  [every(75), haproxy()],
];
const affinity: Setup[] = [
  { file: 'sticky/nginx-hash.conf', start: startNginx, words: withoutHash },
  { file: 'sticky/nginx-hash.conf', start: startNginx, words: {} },
  { file: 'sticky/haproxy.cfg', start: startHaproxy, words: {} },
];

async function throughProxy<T>(options: WorkerOptions, setup: Setup | undefined, take: (at: { port: number }) => T) {
  await using workers = await startWorkers(1, options);
  await using proxy = setup && (await start(setup, workers));
  return await take(proxy ?? (workers.workers[0] as { port: number }));
}

async function sixRuns(setup: Setup): Promise<number[]> {
  const runs: number[] = [];
  for (let run = 0; run < 6; run++) {
    await using workers = await startWorkers(4);
    const peer = setup.file.endsWith('.cfg') ? { '127.0.0.1:10000': `127.0.0.1:${await freePort()}` } : {};
    await using proxy = await start({ ...setup, words: { ...setup.words, ...peer } }, workers);
    runs.push((await foundOfSix(proxy)).filter((calls) => calls === 6).length);
  }
  return runs;
}

if (process.env.MEASURE === '1') {
  describe('taken anew: read the rows, and the date, before they are committed', () => {
    const write = (name: string, runs: number[][]) => {
      const { rows, ...rest } = figures(name);
      const measured = rows.map((row, index) => ({ ...row, runs: runs[index] }));
      writeFileSync(fileOf(name), `${JSON.stringify({ ...rest, rows: measured }, null, 2)}\n`);
    };

    test('buffering', { timeout: 300_000 }, async () => {
      const runs: number[][] = [];
      for (const [options, setup] of buffered) {
        runs.push(await throughProxy(options, setup, (at) => three(() => cameOneByOne(at))));
      }
      write('buffering', runs);
    });

    test('idle', { timeout: 300_000 }, async () => {
      const take = (at: { port: number }) => three(() => secondsAlive(at));
      write('idle', await Promise.all(idle.map(([options, setup]) => throughProxy(options, setup, take))));
    });

    test('affinity', { timeout: 300_000 }, async () => {
      const runs: number[][] = [];
      for (const setup of affinity) runs.push(await sixRuns(setup));
      write('affinity', runs);
    });
  });
} else {
  test.each(['buffering', 'idle', 'affinity'])('%s: what the rows say is what the runs say', (name) => {
    const { rows, of } = figures(name);
    for (const { answered, lost, runs } of rows) {
      const range = [...new Set([Math.min(...runs), Math.max(...runs)])].join(' to ');
      expect(answered.replace(' s', '')).toBe(range === '150' ? 'to the end' : range);
      expect(runs.every((run) => run === of)).toBe(lost === '0');
    }
  });
}
