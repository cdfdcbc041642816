import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { findRedis } from '../../scripts/lib/system-packages.js';
import { freePort } from './free-port.ts';
import { tempFolder } from './temp-folder.ts';

export interface RunningRedis extends AsyncDisposable {
  readonly url: string;
  /** Where the nodes of a cluster talk to one another. */
  readonly busPort: number;
  /** Ends it as a crash would, and starts it again on its port with what it had written. */
  restart(): Promise<void>;
  /** It stands still and keeps its connections, as a machine without CPU does. */
  pause(): void;
  resume(): void;
  stop(): Promise<void>;
}

/** Starts Debian's Redis on a free loopback port, in a folder of its own. It writes down each command before it answers. */
export async function startRedis({ cluster = false }: { cluster?: boolean } = {}): Promise<RunningRedis> {
  const command = findRedis();
  if (!command) throw new Error('No redis-server in PATH. `npm test` installs it, or says how to.');
  const port = await freePort();
  const folder = await tempFolder();
  const persistent = ['--appendonly', 'yes', '--appendfsync', 'no', '--save', ''];
  // The bus of a cluster has a port of its own, which is 10 000 higher unless it is told.
  const busPort = await freePort();
  const ofCluster = cluster ? ['--cluster-enabled', 'yes', '--cluster-port', String(busPort)] : [];
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder.path, ...persistent, ...ofCluster];
  let child = await launch(command, args);
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  };
  return {
    url: `redis://127.0.0.1:${port}`,
    busPort,
    restart: async () => {
      await stop();
      child = await launch(command, args);
    },
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    stop,
    [Symbol.asyncDispose]: async () => {
      await stop();
      await folder[Symbol.asyncDispose]();
    },
  };
}

async function launch(command: string, args: string[]): Promise<ChildProcess> {
  // Nothing is inherited: whoever waits for the end of our own output would wait for a Redis that outlives us.
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  child.stdout.setEncoding('utf8');
  for await (const text of child.stdout.iterator({ destroyOnReturn: false })) {
    said += text;
    if (said.includes('Ready to accept connections')) {
      child.stdout.resume();
      return child;
    }
  }
  throw new Error(`redis-server ended before it was ready:\n${said}`);
}
