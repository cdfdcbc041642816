import type { BenchRow, BenchSeries } from '../../../src/bench/schema.ts';
import type { Weight } from '../children/child.ts';
import { names } from '../harness/contenders.ts';
import { load } from '../harness/load.ts';
import { scaled } from '../harness/plan.ts';
import { initialize as request } from '../harness/requests.ts';
import { type BenchServer, startServer } from '../harness/server.ts';
import type { Measure } from './measure.ts';

/** No load takes so long. */
const atMostSeconds = 300;

/** The peers are given fewer: they open them slowly, and what one takes does not depend on it. */
const kinds = [
  { key: 'sdk-1', role: 'peer', sessions: 5_000, options: {} },
  { key: 'sdk-2', role: 'peer', sessions: 5_000, options: {} },
  { key: 'ours', role: 'ours', sessions: 100_000, options: { transport: { maxSessions: 1_000_000 } } },
] as const;

export const idleSessions: Measure = {
  id: 'T5',
  title: 'Memory of an idle session',
  how: '100 000 sessions are opened over HTTP and then left alone (5 000 in the peers); the process is weighed before and after, each time after a garbage collection.',
  run: async (plan) => {
    const rowsOf = (): BenchRow[] => kinds.map(({ key, role }) => ({ key, label: names[key], role, runs: [] }));
    const [heap, rss, baseHeap, baseRss] = [rowsOf(), rowsOf(), rowsOf(), rowsOf()];
    for (let round = 0; round < plan.rounds; round++) {
      for (const [index, { key, options, sessions }] of kinds.entries()) {
        await using server = await startServer(key, options, { weighed: true });
        const { base, each } = await weights(server, scaled(sessions, plan));
        heap[index]?.runs.push(each.heap);
        rss[index]?.runs.push(each.rss);
        baseHeap[index]?.runs.push(base.heap);
        baseRss[index]?.runs.push(base.rss);
      }
    }
    return [
      { key: 'heap', title: 'Heap for each session', unit: 'bytes', rows: heap },
      { key: 'rss', title: 'Resident memory for each session', unit: 'bytes', rows: rss },
      { key: 'base-heap', title: 'Heap of the process before', unit: 'bytes', rows: baseHeap },
      { key: 'base-rss', title: 'Resident memory of the process before', unit: 'bytes', rows: baseRss },
    ] satisfies BenchSeries[];
  },
};

/** What the process weighs when it is warm, and what each session adds to that. */
async function weights(server: BenchServer, count: number): Promise<{ base: Weight; each: Weight }> {
  const open = (limit: number) => load({ port: server.port, request, seconds: atMostSeconds, limit });
  // What the first sessions bring along is compiled code and caches.
  await open(500);
  const [few, base] = [await server.ask<number>('sessions'), await server.ask<Weight>('weigh')];
  await open(count);
  const [many, after] = [await server.ask<number>('sessions'), await server.ask<Weight>('weigh')];
  const opened = many - few;
  return { base, each: { heap: (after.heap - base.heap) / opened, rss: (after.rss - base.rss) / opened } };
}
