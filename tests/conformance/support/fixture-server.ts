import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { until } from '../../setup/until.ts';

const script = fileURLToPath(new URL('../server.ts', import.meta.url));

export interface FixtureServer extends AsyncDisposable {
  /** The MCP endpoint. */
  url: string;
}

/** Starts the server under test by its command, on a free port. */
export async function startFixtureServer(): Promise<FixtureServer> {
  const server = spawn(process.execPath, [script, '--port', '0'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(server, 'exit');
  let output = '';
  server.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  const url = await until('the fixture server to listen', () => {
    if (server.exitCode !== null) throw new Error(`It exited with ${server.exitCode}`);
    return /^Listening on (\S+)$/m.exec(output)?.[1];
  });
  return {
    url,
    [Symbol.asyncDispose]: async () => {
      server.kill();
      await exited;
    },
  };
}
