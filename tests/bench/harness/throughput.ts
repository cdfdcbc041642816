import type { BenchRow } from '../../../src/bench/schema.ts';
import { ask, type Check } from './answer.ts';
import { type Load, load, takeId } from './load.ts';
import type { Plan } from './plan.ts';
import type { BenchServer } from './server.ts';

/** A server that takes part in a comparison, ready for its load. */
export interface Ready extends AsyncDisposable {
  /** All processes that serve it: their CPU counts together. */
  servers: readonly Pick<BenchServer, 'ask' | 'port'>[];
  request: string;
  sessions?: Load['sessions'];
}

export interface Contender {
  key: string;
  label: string;
  role: BenchRow['role'];
  start(): Promise<Ready>;
  /** Answers are held to it before any time is taken. */
  check: Check;
}

/** For each process: those of one port share the requests, and each has its own code to compile. */
const warmUpSeconds = 1;

/**
 * Loads one server after the other, round by round, so that what else the machine does strikes all of them. Each round
 * begins with another one.
 * @param fresh starts them anew for each round: what they were asked before would count
 */
export async function throughput(
  contenders: readonly Contender[],
  { rounds, seconds }: Plan,
  { fresh = false } = {},
): Promise<BenchRow[]> {
  const rows = contenders.map(
    ({ key, label, role }) => ({ key, label, role, runs: [], cpuMicros: [] }) as BenchRow & Cpu,
  );
  await using running = new AsyncDisposableStack();
  const started = fresh ? [] : await Promise.all(contenders.map(async (each) => running.use(await ready(each))));
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < contenders.length; turn++) {
      const at = (round + turn) % contenders.length;
      await using own = fresh ? await ready(contenders[at] as Contender) : undefined;
      const { requestsPerSecond, cpuMicros } = await run(own ?? (started[at] as Ready), seconds);
      rows[at]?.runs.push(requestsPerSecond);
      rows[at]?.cpuMicros.push(cpuMicros);
    }
  }
  return rows;
}

interface Cpu {
  cpuMicros: number[];
}

/** Started, found to answer rightly, and warm. */
async function ready({ start, check, role }: Contender): Promise<Ready> {
  const started = await start();
  const { servers, request, sessions } = started;
  const id = takeId();
  const session = typeof sessions === 'number' ? 'session-000000001' : sessions?.[0];
  const port = servers[0]?.port as number;
  check(await ask(port, request.replace('{session}', session ?? ''), id), role === 'floor' ? undefined : id);
  await load({
    port,
    request,
    seconds: warmUpSeconds * servers.length,
    ...(sessions === undefined ? {} : { sessions }),
  });
  return started;
}

async function run({ servers, request, sessions }: Ready, seconds: number) {
  const used = async () => {
    const each = await Promise.all(servers.map((server) => server.ask<number>('cpu')));
    return each.reduce((sum, micros) => sum + micros, 0);
  };
  const before = await used();
  const port = servers[0]?.port as number;
  const done = await load({ port, request, seconds, ...(sessions === undefined ? {} : { sessions }) });
  return { requestsPerSecond: done.requestsPerSecond, cpuMicros: ((await used()) - before) / done.requests };
}
