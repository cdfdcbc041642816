/** Real processes to put a proxy in front of. */

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const module = fileURLToPath(new URL('./children/mcp-worker.ts', import.meta.url));

/** Options of its transport that JSON can carry, and what a server may do differently. */
export interface WorkerOptions {
  keepAliveMs?: number;
  enableJsonResponse?: boolean;
  /** Ids begin with it, and a random part follows. */
  sessionIdPrefix?: string;
  /** `false`: its responses do not carry the header. */
  sendsXAccelBuffering?: boolean;
}

export interface Worker {
  port: number;
  /** What its `whoami` says. */
  pid: number;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
}

export interface Workers extends AsyncDisposable {
  workers: Worker[];
}

/** Starts so many processes, each with a transport and a session table of its own. They are killed with their scope. */
export async function startWorkers(count: number, options: WorkerOptions = {}): Promise<Workers> {
  const workers = await Promise.all(Array.from({ length: count }, () => startWorker(options)));
  return {
    workers,
    [Symbol.asyncDispose]: async () => void (await Promise.all(workers.map((worker) => worker.kill()))),
  };
}

/** What stands for their addresses in a configuration, and the addresses. */
export const addresses = (workers: readonly Worker[]): Record<string, string> =>
  Object.fromEntries(workers.map(({ port }, index) => [`127.0.0.1:${3001 + index}`, `127.0.0.1:${port}`]));

async function startWorker(options: WorkerOptions): Promise<Worker> {
  const child: ChildProcess = fork(module, [JSON.stringify(options)], { execArgv: [] });
  const exited = once(child, 'exit');
  const port = await Promise.race([
    once(child, 'message').then(([message]) => message as number),
    exited.then(([code]) => Promise.reject(new Error(`The worker exited with ${code} before it listened`))),
  ]);
  return {
    port,
    pid: child.pid as number,
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
