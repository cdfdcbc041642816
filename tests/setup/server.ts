import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { until } from './until.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** All tests come from one address: the limits per address would otherwise stop the third lab. */
const generousLimits = { LABS_MAX: '8', LABS_PER_ADDRESS: '100', LAB_CREATIONS_PER_MINUTE: '1000' };

/** How long a stopping server may drain before the test that stops it fails. */
const stopWithinMs = 20_000;

export interface RunningServer extends AsyncDisposable {
  /** e.g. `http://127.0.0.1:40123`, without a slash at the end. */
  origin: string;
  pid: number;
  /** All it wrote to stdout and stderr so far. */
  output: () => string;
  /** The exit code, once it is gone by itself; null when a signal ended it. */
  exited: Promise<number | null>;
  /**
   * Sends `signal` (SIGTERM unless said) and resolves to the exit code once the process is gone; null when a signal
   * ended it. Does nothing the second time. @throws When it does not stop.
   */
  stop: (signal?: 'SIGTERM' | 'SIGINT' | 'SIGKILL') => Promise<number | null>;
}

/**
 * Starts the whole playground server as `npm start` runs it, in its own process on a free loopback port, and resolves
 * once it says where it listens. `await using server = await startServer()` stops it with its scope.
 *
 * @param options.env Added to the environment, over what the helper sets itself; e.g. `{ LABS_MAX: '1' }`.
 * @throws When it exits before it listens, with what it wrote.
 */
export async function startServer(options: { env?: Record<string, string> } = {}): Promise<RunningServer> {
  const child = spawn(process.execPath, ['playground-server/main.ts', 'serve'], {
    cwd: root,
    env: { ...process.env, HOST: '127.0.0.1', PORT: '0', ...generousLimits, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const keep = (chunk: Buffer) => {
    output += chunk.toString();
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const exited = once(child, 'exit') as Promise<[number | null]>;

  const stop: RunningServer['stop'] = async (signal = 'SIGTERM') => {
    if (isRunning(child)) {
      child.kill(signal);
      const bound = setTimeout(() => child.kill('SIGKILL'), stopWithinMs);
      await exited;
      clearTimeout(bound);
      if (child.signalCode === 'SIGKILL' && signal !== 'SIGKILL') {
        throw new Error(`The server did not stop within ${stopWithinMs} ms of ${signal}. It wrote:\n${output}`);
      }
    }
    return child.exitCode;
  };

  try {
    const port = await until('the server to say where it listens', () => {
      if (!isRunning(child)) return 'exited';
      return /http:\/\/localhost:(\d+)\/$/m.exec(output)?.[1];
    });
    if (port === 'exited') throw new Error(`The server exited with code ${child.exitCode}. It wrote:\n${output}`);
    return {
      origin: `http://127.0.0.1:${port}`,
      pid: child.pid as number,
      output: () => output,
      exited: exited.then(([code]) => code),
      stop,
      [Symbol.asyncDispose]: async () => void (await stop()),
    };
  } catch (error) {
    await stop('SIGKILL');
    throw error;
  }
}

function isRunning(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null;
}
