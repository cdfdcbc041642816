/**
 * Mixed traffic on all deployments at once, in small scale: nothing unexpected is answered, and nothing piles up.
 * `SOAK=1` takes an hour of it, or `SOAK_MINUTES`. Without it there are some seconds, in which nothing can pile up.
 */

import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { commitNow, describeMachine, loadNow } from '../bench/harness/machine.ts';
import { Random } from '../contract/support/torture/random.ts';
import { freePort } from '../setup/free-port.ts';
import { startRedis } from '../setup/redis.ts';
import { type RunningServer, startServer } from '../setup/server.ts';
import { until } from '../setup/until.ts';
import { isAlive, workersOf } from './local-server.ts';
import { actions } from './soak/actions.ts';
import { grown, Measured, unitName } from './soak/flat.ts';
import { descriptors, hasProc, metricsOf, ofServer, ofWorkers, sample } from './soak/gauges.ts';
import { malformed } from './soak/malformed.ts';
import { disturb, mischiefs } from './soak/mischief.ts';
import { RedisLook } from './soak/redis-look.ts';
import { type Plan, SoakLab } from './soak/soak-lab.ts';
import { Tally } from './soak/tally.ts';
import { visit } from './soak/visitor.ts';

const isLong = Boolean(process.env.SOAK);
const fullMinutes = 60;
const minutes = isLong ? Number(process.env.SOAK_MINUTES ?? fullMinutes) : 0.25;
const lastsMs = minutes * 60_000;
const passingLabMs = isLong ? 20_000 : 3_000;
const disturbEveryMs = isLong ? 5_000 : 1_500;
const sampleEveryMs = isLong ? 1_000 : 200;
const visitorsPerLab = 2;
const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 1_000_000));

/** So much of it may be answered 503 by a store that is slow on a busy machine, and not by a fault. */
const mostLate = 0.05;
/** What a server may have open more than before: what it loads and connects to on first use. */
const fewDescriptors = 5;
const resultFile = new URL('../../content/measurements/soak.json', import.meta.url);

/** What must have been seen, beside each action and each mischief. */
const traffic = ['lab', 'DELETE', 'session left', 'resumed', 'answered', 'cancelled', 'told', 'listened'];
const kinds = [...traffic, ...Object.keys(actions), ...mischiefs, ...malformed.map(({ name }) => name)];

/** In its own process, as it is deployed. */
async function start(env: Record<string, string> = {}): Promise<RunningServer & { metricsPort: number }> {
  const metricsPort = await freePort();
  const LAB_MAX_AGE_MS = String(lastsMs + 60 * 60_000);
  const NODE_OPTIONS = `--import=${new URL('./soak/children/collect.ts', import.meta.url)}`;
  const server = await startServer({
    env: { METRICS_PORT: String(metricsPort), LABS_MAX: '12', LAB_MAX_AGE_MS, NODE_OPTIONS, ...env },
  });
  return { ...server, metricsPort };
}

/**
 * Of its log: what an operator would look into. But a process that a busy machine let wait too long was killed for it,
 * and a lab that did not start for that reason was asked for again.
 */
function complaints({ output }: RunningServer): string[] {
  const lines = output().split('\n');
  const isBad = (line: string) =>
    /"level":(50|60)/.test(line) || line.includes('worker crashed') || /^\s+at /.test(line);
  const isLate = (line: string) => line.includes('a lab did not start') || line.includes('"signal":"SIGKILL"');
  return lines.filter((line) => isBad(line) && !isLate(line));
}

test(`${isLong ? `${minutes} minutes` : 'Fifteen seconds'} of mixed traffic on all deployments: no answer is unexpected, and nothing is left`, {
  timeout: lastsMs + 300_000,
}, async () => {
  const loadBefore = loadNow();
  const tally = new Tally();
  await using redis = await startRedis();
  await using plain = await start();
  await using withRedis = await start({ REDIS_URL: redis.url });
  const servers = [plain, withRedis];
  using inRedis = await RedisLook.at(redis.url);
  const open = () => Promise.all(servers.map(({ pid }) => (hasProc ? descriptors(pid) : 0)));
  // What is loaded on first use is there then.
  for (const { metricsPort } of servers) await metricsOf(metricsPort);
  const openBefore = await open();

  const onPlain = ['single', 'forked', 'hashed', 'sticky', 'stateless', 'shared'].map(
    (deployment): Plan => ({ name: deployment, deployment, origin: plain.origin }),
  );
  const plans: Plan[] = [...onPlain, { name: 'shared in Redis', deployment: 'shared', origin: withRedis.origin }];
  const labs: SoakLab[] = [];
  // One at a time: a lab that starts keeps both cores busy.
  for (const plan of plans) labs.push(await SoakLab.start(plan, tally));
  await inRedis.findLab();

  const began = Date.now();
  let isOver = false;
  let seeds = seed;
  /** Whoever fails ends the run for all. */
  const during = (work: (random: Random) => Promise<void>): Promise<void> =>
    work(new Random(seeds++)).catch((error) => {
      isOver = true;
      console.log(servers.map(({ output }) => output().slice(-3_000)).join('\n'));
      throw error;
    });
  const use = (lab: SoakLab, hasEnded: () => boolean): Promise<unknown> => {
    const visitors = Array.from({ length: visitorsPerLab }, () => during((random) => visit(lab, random, hasEnded)));
    return Promise.all([...visitors, during((random) => disturb(lab, random, disturbEveryMs, hasEnded))]);
  };
  const passing = during(async () => {
    for (let turn = 0; !isOver; turn++) {
      await using lab = await SoakLab.start(plans[turn % plans.length] as Plan, tally);
      const end = Date.now() + passingLabMs;
      await use(lab, () => isOver || Date.now() > end);
    }
  });
  const measured = new Measured();
  const gauges = [
    ofServer('server', plain.pid, plain.metricsPort),
    ofServer('server with Redis', withRedis.pid, withRedis.metricsPort),
    () => inRedis.read(),
    ...labs.map(ofWorkers),
  ];
  const sampling = during(() => sample(gauges, measured, { lastsMs, everyMs: sampleEveryMs, isOver: () => isOver }));
  const working = Promise.all([...labs.map((lab) => use(lab, () => isOver)), passing, sampling]);
  const missing = () => kinds.filter((kind) => tally.count(kind) === 0);
  const timeUp = until(
    'the time to be up, and everything to have been there once',
    async () => {
      await sleep(200);
      return isOver || (Date.now() - began > lastsMs && missing().length === 0);
    },
    lastsMs + 90_000,
  ).catch(() => {});
  await Promise.race([timeUp, working]);
  isOver = true;
  await working;

  await Promise.all(labs.map((lab) => lab.api('', { method: 'DELETE' })));
  console.log(`Seed ${seed}, ${minutes} minutes, ${tally.requests} answers\n${tally}\n${measured}`);
  expect.soft(missing(), 'was never seen').toEqual([]);
  expect.soft(tally.faults.slice(0, 10), `Seed ${seed}: ${tally.faults.length} faults`).toEqual([]);
  expect.soft(tally.storeLate / tally.requests, 'store late').toBeLessThan(mostLate);
  expect.soft(servers.flatMap(({ pid }) => workersOf(pid))).toEqual([]);
  expect.soft(labs.flatMap(({ pids }) => pids).filter(isAlive)).toEqual([]);
  const stillOpen = async () => (await open()).filter((now, index) => now > (openBefore[index] ?? 0) + fewDescriptors);
  await until('the descriptors to be closed', async () => (await stillOpen()).length === 0).catch(() => {});
  expect.soft(await stillOpen(), `before: ${openBefore}`).toEqual([]);
  // A lab takes its keys along.
  expect.soft(await inRedis.keys(), 'keys that are left').toEqual([]);
  expect.soft(servers.flatMap(complaints)).toEqual([]);
  if (!isLong) return;

  const { series } = measured;
  expect.soft(grown(series), `Seed ${seed}`).toEqual([]);
  if (minutes < fullMinutes) return;
  const machine = { commit: commitNow(), ...describeMachine(), loadBefore, loadAfter: loadNow() };
  const { requests } = tally;
  const kills = tally.count('kill');
  const takenAt = new Date(began).toISOString();
  const noted = series.map(({ name, unit, minima }) => ({ name, unit: unitName[unit], minima }));
  const result = { takenAt, minutes, machine, requests, kills, labs: tally.count('lab'), series: noted };
  writeFileSync(resultFile, `${JSON.stringify(result, null, 2)}\n`);
});
