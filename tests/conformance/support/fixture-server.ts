import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Router } from '../../contract/support/router.ts';
import type { StoreAddress } from '../../contract/support/store-address.ts';
import { tempFolder } from '../../setup/temp-folder.ts';
import { until } from '../../setup/until.ts';

const script = fileURLToPath(new URL('../server.ts', import.meta.url));

export interface FixtureServer extends AsyncDisposable {
  /** The MCP endpoint. */
  url: string;
}

const inSqlite = (folder: string): StoreAddress => `sqlite:${join(folder, 'store.db')}`;
/** In the Redis server that the run has. */
export const inRedis = (): StoreAddress => `${process.env.TESTS_REDIS_URL}#${randomUUID()}:`;

/** Starts three servers on one store, behind a router that hands each connection to the next of them. */
export async function startSpreadFixtureServer(
  store: (folder: string) => StoreAddress = inSqlite,
): Promise<FixtureServer> {
  const folder = await tempFolder();
  const address = store(folder.path);
  const servers = await Promise.all([1, 2, 3].map(() => startFixtureServer(address)));
  const router = await Router.to(servers.map(({ url }) => Number(new URL(url).port)));
  return {
    url: `http://127.0.0.1:${router.port}/mcp`,
    [Symbol.asyncDispose]: async () => {
      await router[Symbol.asyncDispose]();
      await Promise.all(servers.map((server) => server[Symbol.asyncDispose]()));
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** Starts the server under test by its command, on a free port. Without a store it keeps its sessions to itself. */
export async function startFixtureServer(store?: StoreAddress): Promise<FixtureServer> {
  const options = ['--port', '0', ...(store === undefined ? [] : ['--store', store])];
  const server = spawn(process.execPath, [script, ...options], { stdio: ['ignore', 'pipe', 'inherit'] });
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
