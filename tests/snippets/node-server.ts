import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../setup/free-port.ts';
import { until } from '../setup/until.ts';

const folder = fileURLToPath(new URL('../../content/snippets/', import.meta.url));

export interface NodeServer extends AsyncDisposable {
  endpoint: string;
}

/**
 * Starts a snippet that is a server, as a reader would: `node <file>`. Resolves once it answers; it is stopped, with
 * the workers it started, with its scope.
 *
 * @param name e.g. `one-process/cluster.ts`, or the path of a copy elsewhere
 * @throws when it exits, with what it wrote
 */
export async function startNodeServer(name: string, env: Record<string, string> = {}): Promise<NodeServer> {
  const port = await freePort();
  // A group of its own, so that no worker outlives the test.
  const child = spawn(process.execPath, [resolve(folder, name)], {
    env: { ...process.env, PORT: String(port), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const exited = once(child, 'exit');
  const endpoint = `http://localhost:${port}/mcp`;
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null || !child.pid) return;
    process.kill(-child.pid, 'SIGKILL');
    await exited;
  };
  try {
    await until(`${name} to answer`, async () => {
      if (child.exitCode !== null) throw new Error(`${name} exited with ${child.exitCode}:\n${output}`);
      const response = await fetch(endpoint, { method: 'HEAD', headers: { connection: 'close' } });
      return response.status > 0;
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return { endpoint, [Symbol.asyncDispose]: stop };
}
