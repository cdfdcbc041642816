/** Rule B5 the hard way: processes are killed at random, all the time, under a load of every kind. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { startRedis } from '../setup/redis.ts';
import { until } from '../setup/until.ts';
import type { Json } from './support/answer.ts';
import { heldIn } from './support/rows.ts';
import { addressOf, newRedis, newSqlite } from './support/store.ts';
import type { StoreAddress } from './support/store-address.ts';
import type { Call } from './support/torture/call.ts';
import { KilledProcesses } from './support/torture/killed-processes.ts';
import { Random } from './support/torture/random.ts';
import { Survivor } from './support/torture/survivor.ts';

const processCount = 4;
const sessionCount = 200;
const killEveryMs = 500;
const tortureMs = process.env.SOAK ? 120_000 : 20_000;
/** Rule B5: so long after its process was killed, whoever waits for an answer has been told that none will come. */
const toldWithinMs = 10_000;
/** The same for who comes back later than that: it waits for nothing but a busy machine. */
const toldAtOnceMs = 3_000;
/** So much later while the store was away, and all claims had to be made again. */
const outageMs = 10_000;
const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 1_000_000));

const uri = (n: number) => `test://${n}`;
const progressOf = (call: Call): number[] =>
  call.messages.flatMap(({ method, params }) => (method === 'notifications/progress' ? [params.n] : []));

/** One session at work until `isOver`: one request after the other, of a kind that chance chooses. */
async function work(survivor: Survivor, random: Random, isOver: () => boolean): Promise<void> {
  await survivor.call('follow', { uri: uri(random.below(20)) });
  for (let n = 0; !isOver(); n++) {
    const chance = random.next();
    if (chance < 0.3) await survivor.call('count', { to: 5 + random.below(15), everyMs: 10 + random.below(50) });
    else if (chance < 0.45) await survivor.call('ask', { of: random.of(['roots', 'sampling', 'elicitation']) });
    else if (chance < 0.65) {
      const [key, value] = [`k${n}`, random.below(2 ** 31)];
      const { response } = await survivor.call('keep', { key, value });
      if (response?.result) survivor.kept[key] = value;
    } else if (chance < 0.66) await survivor.call('tell');
    else if (chance < 0.72) await survivor.call('touch', { uri: uri(random.below(20)) });
    else await survivor.call('whoami');
    await sleep(500 + random.below(3_000));
  }
}

interface Kind {
  name: string;
  /** What happens to the store while they work, beside the deaths of the processes. */
  rule: string;
  open(): Promise<AsyncDisposable & { address: StoreAddress; disturb?: () => Promise<void> }>;
}

const kinds: Kind[] = [
  {
    name: 'in SQLite',
    rule: 'B2',
    open: async () => ({ address: addressOf(newSqlite()), [Symbol.asyncDispose]: async () => {} }),
  },
  {
    name: 'in Redis',
    rule: 'B3',
    open: async () => ({ address: addressOf(newRedis()), [Symbol.asyncDispose]: async () => {} }),
  },
  {
    name: 'in a Redis that stands still for five seconds, and is then killed and started again',
    rule: 'B6',
    open: async () => {
      const redis = await startRedis();
      return {
        address: addressOf(newRedis({ url: redis.url })),
        disturb: async () => {
          redis.pause();
          await sleep(5_000);
          redis.resume();
          await sleep(5_000);
          await redis.restart();
        },
        [Symbol.asyncDispose]: () => redis[Symbol.asyncDispose](),
      };
    },
  },
];

test.each(kinds)(
  `[B5] [R1] [S5] [$rule] ${sessionCount} sessions $name lose nothing while a process is killed every half second`,
  async ({ open }) => {
    const random = new Random(seed);
    await using store = await open();
    await using processes = await KilledProcesses.start(processCount, store.address, random);
    const survivors = await Promise.all(
      Array.from({ length: sessionCount }, () => Survivor.open(processes.router.port)),
    );
    let isOver = false;
    const working = survivors.map((survivor, index) => work(survivor, new Random(seed + index + 1), () => isOver));
    const disturbed = sleep(tortureMs / 5).then(store.disturb);
    const end = Date.now() + tortureMs;
    while (Date.now() < end) {
      await sleep(killEveryMs);
      processes.kill();
    }
    await disturbed;
    isOver = true;
    await processes.restarted();
    const lastKill = processes.kills.at(-1)?.at ?? 0;

    await Promise.race([Promise.all(working), sleep(lastKill + 60_000 - Date.now())]);
    const calls = survivors.flatMap((survivor) => survivor.calls);
    const killedAt = new Map(processes.kills.map(({ instance, at }) => [instance, at]));
    const faults = [
      ...survivors.flatMap((survivor) => survivor.faults),
      ...calls.flatMap((call) => wrongWith(call, killedAt, store.disturb ? outageMs : 0)),
    ];
    const byMethod = Map.groupBy(calls, ({ method, response }) => `${method}: ${response?.error ? 'error' : 'result'}`);
    const tally = Object.fromEntries([...byMethod].map(([kind, of]) => [kind, of.length]));
    console.log(
      `Seed ${seed}: ${processes.kills.length} kills, ${calls.length} requests`,
      tally,
      slowest(calls, killedAt),
    );
    expect(faults.slice(0, 5), `Seed ${seed}: ${faults.length} faults`).toEqual([]);

    const sentAway = survivors.reduce((sum, survivor) => sum + survivor.sentAway, 0);
    // Without an outage too a process may find no store in time, on a busy machine. With one, somebody must have noticed.
    if (store.disturb) expect(sentAway, `Seed ${seed}: times 503`).toBeGreaterThan(0);
    const broadcasts = calls.flatMap(({ id, method, response }) => (method === 'tell' && response.result ? [id] : []));
    for (const survivor of survivors) {
      expect((await survivor.call('kept')).response.result, `Seed ${seed}`).toMatchObject(survivor.kept);
      const told = () => survivor.standalone.messages.map(({ params }: Json) => params.call);
      // Whoever made it may be dead, and so may all who knew this session then (rule B8).
      const lacks = () => broadcasts.filter((id) => !told().includes(id));
      await until('all broadcasts to be there', () => lacks().length === 0, 5_000).catch(() => {});
      expect(lacks(), `Seed ${seed}: broadcasts that were lost`).toEqual([]);
      expect(new Set(told()).size, `Seed ${seed}: a broadcast came twice`).toBe(told().length);
    }
    await Promise.race([Promise.all(survivors.map((survivor) => survivor.end())), sleep(30_000)]);
    const remaining = survivors.filter((survivor) => !survivor.hasEnded);
    expect(remaining.map(String), `Seed ${seed}: sessions that did not end`).toEqual([]);
    expect(survivors.flatMap((survivor) => survivor.faults)).toEqual([]);
    const nothing = { sessions: 0, runs: 0, answers: 0, streams: 0, events: 0, broadcasts: 0, claims: processCount };
    const isLeft = async () => JSON.stringify(await heldIn(store.address)) !== JSON.stringify(nothing);
    await until('all to be gone', async () => !(await isLeft())).catch(() => {});
    expect(await heldIn(store.address), `Seed ${seed}`).toEqual(nothing);
  },
  tortureMs + 180_000,
);

/** Each ends in time, and with an error only where its process was killed. */
function wrongWith(call: Call, killedAt: ReadonlyMap<string, number>, awayMs: number): string[] {
  const { method, params, response, runner, endedAt, reachedAt } = call;
  const died = killedAt.get(runner);
  const wrong = (what: string) => [`${what}\n  ${call}\n    killed: ${died && died - call.began}`];
  if (!response) return wrong('no answer');
  if (response.error && died === undefined) return wrong('an error, and nobody died');
  // Who found nobody to ask for so long is told by the first one that is there.
  if (died !== undefined && endedAt > Math.max(died + toldWithinMs + awayMs, reachedAt + toldAtOnceMs))
    return wrong('told too late');
  const progress = progressOf(call);
  const expected = response.error ? progress.length : method === 'count' ? params.to : 0;
  const numbers = Array.from({ length: expected }, (_, n) => n + 1);
  return progress.join() === numbers.join() ? [] : wrong(`progress ${progress}`);
}

/** How long after the death of its process whoever waited longest was told. */
function slowest(calls: readonly Call[], killedAt: ReadonlyMap<string, number>): string {
  const waits = calls.map(({ runner, response, endedAt }) =>
    response?.error ? endedAt - (killedAt.get(runner) ?? endedAt) : 0,
  );
  return `told at most ${Math.max(0, ...waits)} ms after the kill`;
}
