import { spawn, spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';

/**
 * Keeps the cores from going to sleep, with one process for each that runs only where nobody else wants to (`SCHED_IDLE`,
 * sched(7)). On a virtual machine it takes a host to wake a core that sleeps, and whoever writes to a client that waits
 * there pays for that: more than for the whole answer, and the more often, the slower it is itself.
 * @returns `isKept`: whether that works here. It takes Linux, and `chrt` of util-linux
 */
export function keepAwake(): Disposable & { isKept: boolean } {
  const isKept = spawnSync('chrt', ['--idle', '0', 'true']).status === 0;
  const program = fileURLToPath(new URL('../children/spin.ts', import.meta.url));
  const spinning = Array.from({ length: isKept ? availableParallelism() : 0 }, () =>
    spawn('chrt', ['--idle', '0', process.execPath, program], { stdio: 'ignore' }),
  );
  return {
    isKept,
    [Symbol.dispose]: () => {
      for (const child of spinning) child.kill();
    },
  };
}
