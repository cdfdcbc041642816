import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import type { DeploymentsAnswer } from '../../playground-server/lab/api.ts';
import { until } from '../setup/until.ts';
import { createLab, initialize, isAlive, localServer, problemOf, TestLab, workersOf } from './local-server.ts';

/** Sixteen are 64 processes: what they show, four labs show as well, without keeping the rest of the tests waiting. */
const many = process.env.SOAK ? 16 : 4;
const limits = { sessionsPerLab: 8, requestsPerSecond: 40, wireEvents: 300, wireBytes: 200_000, endedLogMs: 100 };

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
function heapBytes(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

interface Counts {
  byStatus: Map<number, number>;
  /** 404s, by the process that gave them. */
  missedAt: Set<string>;
}

/** One reader: more sessions than there may be, more requests than are taken, and a kill in between. */
async function use(lab: TestLab): Promise<Counts> {
  const counts: Counts = { byStatus: new Map(), missedAt: new Set() };
  const note = async (answer: Response): Promise<Response> => {
    await answer.text().catch(() => '');
    counts.byStatus.set(answer.status, (counts.byStatus.get(answer.status) ?? 0) + 1);
    const process = answer.headers.get('lab-process');
    if (answer.status === 404 && process !== null) counts.missedAt.add(process);
    return answer;
  };
  const sessions: string[] = [];
  for (let i = 0; i < 12; i++) {
    const opened = await note(await lab.post(initialize));
    const session = opened.headers.get('mcp-session-id');
    if (session !== null) sessions.push(session);
  }
  for (let round = 0; round < 5; round++) {
    const calls = Array.from({ length: 20 }, (_, i) =>
      lab.callTool(sessions[i % sessions.length] as string, 'chatter', { lines: 20 }, i).then(note),
    );
    await Promise.all(calls);
    if (round === 2) await until('the kill to be taken', async () => (await lab.kill('p3')).status !== 429);
  }
  return counts;
}

test(`${many} labs of four processes at once: limits hold, memory returns, no process is left`, {
  timeout: 300_000,
}, async () => {
  // Of listeners that pile up on a connection that many labs share, for one.
  const warnings: Error[] = [];
  const onWarning = (warning: Error) => warnings.push(warning);
  process.on('warning', onWarning);
  await using server = await localServer({ config: { labsMax: many }, labLimits: limits });
  const running = async (): Promise<number> =>
    ((await (await fetch(`${server.origin}/api/deployments`)).json()) as DeploymentsAnswer).labs.running;
  const create = () => TestLab.create(server.origin, { deployment: 'forked' });
  // What is loaded and compiled on first use is not what is measured.
  const first = await create();
  await use(first);
  await first.api('', { method: 'DELETE' });
  await until('its log to be let go', async () => (await first.api('/wire?format=json')).status === 404);
  const heapBefore = heapBytes();

  const labs = await Promise.all(Array.from({ length: many }, create));
  expect(workersOf(process.pid)).toHaveLength(4 * many);
  const refused = await createLab(server.origin, {}, { deployment: 'forked' });
  expect((await problemOf(refused)).status).toBe(503);
  expect(workersOf(process.pid)).toHaveLength(4 * many);

  const used = await Promise.all(labs.map(use));
  for (const { byStatus, missedAt } of used) {
    expect(byStatus.get(200), 'answered').toBeGreaterThan(0);
    expect(byStatus.get(404), 'asked the wrong process').toBeGreaterThan(0);
    expect(missedAt.size).toBeGreaterThan(1);
  }
  for (const lab of labs) {
    const state = await until('all four processes', async () => {
      const answer = await lab.api();
      if (answer.status === 429) return undefined;
      const now = (await answer.json()) as Awaited<ReturnType<TestLab['state']>>;
      return now.processes.every(({ alive }) => alive) && now;
    });
    expect(state.processes.flatMap(({ sessions }) => sessions).length).toBeLessThanOrEqual(limits.sessionsPerLab);
    expect(state.processes[2]?.pid).not.toBe(lab.pids[2]);
    const { events } = await lab.poll();
    expect(events.length).toBeLessThanOrEqual(limits.wireEvents + 1);
    expect(JSON.stringify(events).length).toBeLessThanOrEqual(limits.wireBytes + 1000);
  }
  // Another lab's token opens none of them.
  const [mine, other] = labs as [TestLab, TestLab];
  const stolen = { headers: { Authorization: `Bearer ${other.created.token}` } };
  expect((await mine.api('/processes/p1/kill', { method: 'POST', ...stolen })).status).toBe(401);
  expect((await mine.api('', { method: 'PATCH', ...stolen })).status).toBe(401);
  expect(workersOf(process.pid)).toHaveLength(4 * many);

  await Promise.all(labs.map((lab) => lab.api('', { method: 'DELETE' })));
  expect(workersOf(process.pid)).toEqual([]);
  expect(labs.flatMap(({ pids }) => pids).filter(isAlive)).toEqual([]);
  expect(await running()).toBe(0);
  for (const lab of labs) {
    await until('its log to be let go', async () => (await lab.api('/wire?format=json')).status === 404);
  }
  const grownBytes = await until('the memory to return', () => {
    const grown = heapBytes() - heapBefore;
    return grown < 4_000_000 && Math.max(1, grown);
  });
  expect(grownBytes).toBeLessThan(4_000_000);
  process.off('warning', onWarning);
  expect(warnings).toEqual([]);
  // There is room again.
  await using next = await create();
  await next.initialize();
});
