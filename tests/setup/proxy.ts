/** What nginx.ts, haproxy.ts and ruby.ts share: a server program as a child process that runs in the foreground. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { until } from './until.ts';

export interface RunningProxy extends AsyncDisposable {
  /** Where it listens on 127.0.0.1. */
  port: number;
  pid: number;
  /** What it wrote to stdout and stderr so far: its log. */
  log: () => string;
  /** Resolves when it is gone, by itself or not. */
  exited: Promise<unknown>;
}

/**
 * Starts a proxy and resolves once it accepts connections. It is stopped with its scope.
 *
 * @param folder where its files are; removed when it has stopped
 * @param env what its environment has beyond that of the tests
 * @throws when it exits before, with what it wrote: a configuration that it refuses fails here
 */
export async function startProxy(
  command: string,
  args: readonly string[],
  port: number,
  folder: AsyncDisposable,
  env: NodeJS.ProcessEnv = {},
): Promise<RunningProxy> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      log += text;
    });
  }
  const exited = once(child, 'exit');
  const isRunning = () => child.exitCode === null && child.signalCode === null;
  const stop = async () => {
    // SIGTERM is the quick way out for both: open streams are cut, and the workers go with their master.
    if (isRunning()) child.kill('SIGTERM');
    await exited;
    await folder[Symbol.asyncDispose]();
  };
  try {
    await until(`${command} to listen`, () => !isRunning() || accepts(port));
    if (!isRunning()) throw new Error(`${command} exited with ${child.exitCode}:\n${log}`);
  } catch (error) {
    await stop();
    throw error;
  }
  return { port, pid: child.pid as number, log: () => log, exited, [Symbol.asyncDispose]: stop };
}

/**
 * A configuration with some of its words replaced: ports, and times that no test can wait for.
 *
 * @throws when one of them does not stand in it, so that a test cannot run something else than it says
 */
export function replaced(text: string, words: Readonly<Record<string, string>>): string {
  let out = text;
  for (const [from, to] of Object.entries(words)) {
    if (!out.includes(from)) throw new Error(`The configuration has no "${from}"`);
    out = out.replaceAll(from, to);
  }
  return out;
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } finally {
    socket.destroy();
  }
}
