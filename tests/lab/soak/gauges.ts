/** What is read of the processes from outside, again and again. */

import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Measured, Unit } from './flat.ts';
import type { SoakLab } from './soak-lab.ts';

export type Reading = [name: string, unit: Unit, value: number];
export type Gauge = () => Promise<Reading[]>;

/** Elsewhere the processes say themselves what there is to know. */
export const hasProc = existsSync('/proc/self/fd');

export async function descriptors(pid: number): Promise<number> {
  return (await readdir(`/proc/${pid}/fd`)).length;
}

async function ofSystem(name: string, pid: number, resident: Unit = 'bytes'): Promise<Reading[]> {
  if (!hasProc) return [];
  const [open, status] = await Promise.all([descriptors(pid), readFile(`/proc/${pid}/status`, 'utf8')]);
  const field = (key: string) => Number(new RegExp(`^${key}:\\s+(\\d+)`, 'm').exec(status)?.[1]);
  return [
    [`${name} descriptors`, 'count', open],
    [`${name} threads`, 'count', field('Threads')],
    [`${name} RSS`, resident, field('VmRSS') * 1024],
  ];
}

export async function metricsOf(port: number): Promise<(name: string) => number> {
  const response = await fetch(`http://127.0.0.1:${port}/metrics`, { headers: { Connection: 'close' } });
  const text = await response.text();
  return (name) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
}

export function ofServer(name: string, pid: number, metricsPort: number): Gauge {
  return async () => {
    const metric = await metricsOf(metricsPort);
    return [
      [`${name} heap`, 'bytes', metric('nodejs_heap_size_used_bytes')],
      [`${name} handles`, 'count', metric('nodejs_active_handles_total')],
      [`${name} resources`, 'count', metric('nodejs_active_resources_total')],
      ...(await ofSystem(name, pid, 'resident')),
    ];
  };
}

/** Of the processes that are not killed. */
export function ofWorkers(lab: SoakLab): Gauge {
  return async () => {
    const lasting = (await lab.state()).processes.slice(0, 3);
    const readings = lasting.map(async ({ name, pid, alive, heapBytes }, index): Promise<Reading[]> => {
      const called = `${lab.plan.name} ${name}`;
      if (!alive || pid !== lab.pids[index]) throw new Error(`${called} is not the process that it was`);
      return [[`${called} heap`, 'bytes', heapBytes], ...(await ofSystem(called, pid))];
    });
    return (await Promise.all(readings)).flat();
  };
}

/** Reads all of them every so often, until `isOver`. */
export async function sample(
  gauges: readonly Gauge[],
  measured: Measured,
  run: { lastsMs: number; everyMs: number; isOver(): boolean },
): Promise<void> {
  for (const began = Date.now(); !run.isOver(); await sleep(run.everyMs)) {
    const at = (Date.now() - began) / run.lastsMs;
    for (const reading of (await Promise.all(gauges.map((read) => read()))).flat()) measured.add(at, ...reading);
  }
}
