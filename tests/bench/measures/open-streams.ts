import { execFileSync } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import type { BenchRow, BenchSeries } from '../../../src/bench/schema.ts';
import type { Weight } from '../children/child.ts';
import { names } from '../harness/contenders.ts';
import { load } from '../harness/load.ts';
import { scaled } from '../harness/plan.ts';
import { initialize, listenIn } from '../harness/requests.ts';
import { type BenchServer, startServer } from '../harness/server.ts';
import type { Measure } from './measure.ts';

/** As ours writes them. */
const eventStreamHeaders = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
};
const prime = 'id: 0.0\nretry: 1000\ndata:\n\n';
const event = 'id: 0.1\ndata: {"jsonrpc":"2.0","method":"notifications/tools/list_changed"}\n\n';

interface Kind {
  key: 'floor' | 'ours';
  label: string;
  start(streams: number): Promise<BenchServer>;
}
const kinds: readonly Kind[] = [
  {
    key: 'floor',
    label: 'bare open responses',
    start: () => startServer('floor', { headers: eventStreamHeaders, body: prime }, { weighed: true }),
  },
  {
    key: 'ours',
    label: names.ours,
    start: async (streams) => {
      const transport = { maxSessions: 2 * streams, maxStreams: 2 * streams };
      const server = await startServer('ours', { transport, countedIds: true }, { weighed: true });
      await load({ port: server.port, request: initialize, seconds: 300, limit: streams });
      return server;
    },
  },
];

export const openStreams: Measure = {
  id: 'T6',
  title: 'Open streams',
  how: '10 000 GET streams, each of a session of its own and read by a client. The process is weighed before they open and after; then a notification goes to all of them. The floor holds as many responses open, and writes the same event to each.',
  run: async (plan) => {
    const streams = Math.min(scaled(10_000, plan), openFiles() - 200);
    const rowsOf = (): BenchRow[] => kinds.map(({ key, label }) => ({ key, label, role: key, runs: [] }));
    const [heap, rss, broadcast] = [rowsOf(), rowsOf(), rowsOf()];
    for (let round = 0; round < plan.rounds; round++) {
      for (const [index, kind] of kinds.entries()) {
        await using server = await kind.start(streams);
        await using readers = await startServer('readers');
        const before = await server.ask<Weight>('weigh');
        const request = listenIn('{session}');
        await readers.ask('open', { port: server.port, request, count: streams });
        const after = await server.ask<Weight>('weigh');
        const open = await server.ask<number>('open');
        if (open !== streams) throw new Error(`${open} of ${streams} streams are open`);
        heap[index]?.runs.push((after.heap - before.heap) / streams);
        rss[index]?.runs.push((after.rss - before.rss) / streams);
        broadcast[index]?.runs.push(await broadcastMicros(server, readers, streams));
      }
    }
    return [
      { key: 'heap', title: 'Heap for each stream', unit: 'bytes', rows: heap },
      { key: 'rss', title: 'Resident memory for each stream', unit: 'bytes', rows: rss },
      { key: 'broadcast', title: 'CPU of a notification, for each stream', unit: 'µs', rows: broadcast },
    ] satisfies BenchSeries[];
  },
};

/** The CPU that the server spends on a broadcast, for each stream, until all readers have it; the third is taken. */
async function broadcastMicros(server: BenchServer, readers: BenchServer, streams: number): Promise<number> {
  let micros = 0;
  for (let n = 0; n < 3; n++) {
    const [before, had] = [await server.ask<number>('cpu'), await readers.ask<number>('received')];
    await server.ask('broadcast', event);
    // An id of one digit: no event of ours is shorter.
    while ((await readers.ask<number>('received')) - had < streams * event.length) await delay(10);
    micros = (await server.ask<number>('cpu')) - before;
  }
  return micros / streams;
}

/** How many files, and so connections, a process may have open. Node raises its own limit to the hard one. */
function openFiles(): number {
  const limit = execFileSync('sh', ['-c', 'ulimit -Hn'], { encoding: 'utf8' }).trim();
  return limit === 'unlimited' ? Number.POSITIVE_INFINITY : Number(limit);
}
