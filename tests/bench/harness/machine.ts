import { execFileSync } from 'node:child_process';
import { cpus, loadavg, release, totalmem, type } from 'node:os';
import type { Bench } from '../../../src/bench/schema.ts';
import { connections } from './load.ts';
import type { Plan } from './plan.ts';

export const loadNow = (): number => Number((loadavg()[0] ?? 0).toFixed(2));

export const describeMachine = () => ({
  node: process.version,
  system: `${type()} ${release().split('.', 2).join('.')}`,
  cpu: cpus()[0]?.model.trim() || 'unknown',
  cores: cpus().length,
  memoryBytes: totalmem(),
});

export const commitNow = (): string =>
  execFileSync('git', ['rev-parse', '--short=10', 'HEAD'], { encoding: 'utf8' }).trim();

/** Where and how all of it was taken; what a reader needs to judge the figures. */
export function describeRun({ rounds, seconds }: Plan, loadBefore: number): Bench['taken'] {
  return {
    at: new Date().toISOString(),
    commit: commitNow(),
    ...describeMachine(),
    loadBefore,
    loadAfter: loadNow(),
    rounds,
    secondsPerRound: seconds,
    connections,
  };
}
