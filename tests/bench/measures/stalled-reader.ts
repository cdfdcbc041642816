import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { BenchRow } from '../../../src/bench/schema.ts';
import type { Weight } from '../children/child.ts';
import { names, openSession } from '../harness/contenders.ts';
import { scaled } from '../harness/plan.ts';
import { listenIn } from '../harness/requests.ts';
import { type BenchServer, startServer } from '../harness/server.ts';
import type { Measure } from './measure.ts';

const eventStream = { headers: { 'content-type': 'text/event-stream' }, body: ': open\n\n' };
const kinds = [
  { key: 'floor', label: 'bare open response', role: 'floor', options: eventStream },
  { key: 'sdk-1', label: names['sdk-1'], role: 'peer', options: {} },
  { key: 'sdk-2', label: names['sdk-2'], role: 'peer', options: {} },
  { key: 'ours', label: names.ours, role: 'ours', options: {} },
] as const;

export const stalledReader: Measure = {
  id: 'T7',
  title: 'A reader that reads nothing',
  how: '20 000 notifications of 10 kB on a GET stream whose client does not read. By how much the process has grown, in resident memory or on the heap, whichever is more. It is the third such reader: memory that the allocator keeps once it had it is not counted.',
  run: async (plan) => {
    const rows: BenchRow[] = kinds.map(({ key, label, role }) => ({ key, label, role, runs: [] }));
    for (let round = 0; round < plan.rounds; round++) {
      for (const [index, { key, options }] of kinds.entries()) {
        await using server = await startServer(key, options, { weighed: true });
        rows[index]?.runs.push(await growth(server, scaled(20_000, plan), key));
      }
    }
    return [{ key: 'growth', title: 'Growth of the process', unit: 'bytes', rows }];
  },
};

const size = 10_000;

/**
 * The last of three stalled readers: what the first ones bring along is compiled code, and memory that the allocator
 * keeps. What is really held is held each time. Where that is all of it, on the heap, a few events bring as much.
 */
async function growth(server: BenchServer, count: number, key: (typeof kinds)[number]['key']): Promise<number> {
  const session = key === 'floor' ? 'none' : await openSession(server);
  const first = key === 'ours' ? count : Math.ceil(count / 20);
  let grown = 0;
  for (const events of [first, first, count]) {
    const stalled = await listen(server, session);
    const before = await server.ask<Weight>('weigh');
    await server.ask('flood', { count: events, size });
    const after = await server.ask<Weight>('weigh');
    stalled.destroy();
    grown = Math.max(after.rss - before.rss, after.heap - before.heap);
  }
  return grown;
}

/** A stream whose head has been read, and nothing of what follows. */
async function listen({ port }: BenchServer, session: string): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1' });
  await once(socket, 'connect');
  socket.write(listenIn(session));
  await once(socket, 'readable');
  return socket;
}
