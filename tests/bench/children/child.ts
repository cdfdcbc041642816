/** What every server of a measure does for whoever measures it: says its port, and answers commands over IPC. */

import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';

export type Commands = Record<string, (given: never) => unknown>;

/** The options that the server was started with. */
export const optionsOf = <T>(): T => JSON.parse(process.argv[2] ?? '{}') as T;

export interface Listening {
  /** A free one by default. */
  port?: number;
}

/** Listens on the loopback, and then takes commands until its parent leaves. */
export function serve(server: Pick<Server, 'listen' | 'address'>, commands: Commands, { port = 0 }: Listening): void {
  const all: Commands = { cpu, weigh, stop: () => process.exit(), ...commands };
  process.on('message', async ({ id, command, given }: { id: number; command: string; given: never }) => {
    process.send?.({ id, answer: (await all[command]?.(given)) ?? null });
  });
  process.on('disconnect', () => process.exit());
  // Several processes on one port: the kernel gives each its share of the connections.
  const place = port === 0 ? { port, host: '127.0.0.1' } : { port, host: '127.0.0.1', reusePort: true };
  server.listen(place, () => process.send?.({ port: (server.address() as AddressInfo).port }));
}

/** Microseconds of CPU that this process has used so far. */
function cpu(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

export interface Weight {
  /** Bytes that something holds: the heap, and what stands outside of it for objects in it. */
  heap: number;
  /** Bytes of memory that the process occupies. */
  rss: number;
}

/** Needs `--expose-gc`. */
async function weigh(): Promise<Weight> {
  for (let i = 0; i < 4; i++) {
    globalThis.gc?.();
    await nextTurn();
  }
  const { rss, heapUsed, external } = process.memoryUsage();
  return { heap: heapUsed + external, rss };
}

/** One notification after the other, with a turn of the event loop now and then, as a busy server has. */
export async function flood(send: (n: number) => unknown, count: number): Promise<void> {
  for (let n = 1; n <= count; n++) {
    void send(n);
    if (n % 20 === 0) await nextTurn();
  }
}
