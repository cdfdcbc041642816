/**
 * One instance in a process of its own, on the SQLite store of the given path. Sends its port to whoever started it.
 * Its methods show what crosses processes; `tell` broadcasts, and `whoami` says which process answered.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { sqlite } from '../../../../playground-server/transport/backplane/sqlite.ts';
import {
  roots,
  StreamableHttpTransport,
  type TransportOptions,
} from '../../../../playground-server/transport/index.ts';
import { createNodeHandler } from '../../../../playground-server/transport/node.ts';
import { testHandler } from '../handler.ts';

const [path = '', options = '{}'] = process.argv.slice(2);
const handler = testHandler({
  whoami: () => ({ pid: process.pid }),
  count: async ({ to, everyMs }, context) => {
    for (let n = 1; n <= Number(to); n++) {
      await sleep(Number(everyMs));
      context.notify('notifications/progress', { n });
    }
    return { pid: process.pid };
  },
  ask: async (_, context) => ({ pid: process.pid, ...(await context.ask({ folders: roots() })).folders }),
  tell: ({ n }, context) => {
    context.broadcast('notifications/n', { n: n ?? null });
    return { pid: process.pid };
  },
  keep: async ({ key, value }, { session }) => {
    await session.set(String(key), value ?? null);
    return {};
  },
  kept: async (_, { session }) => {
    const entries = (await session.keys()).map(async (key) => [key, (await session.get(key)) ?? null] as const);
    return Object.fromEntries(await Promise.all(entries));
  },
});
const backplane = sqlite({ path });
const given = JSON.parse(options) as Partial<TransportOptions>;
const transport = new StreamableHttpTransport({ ...given, handler, backplane });
const server = createServer(createNodeHandler(transport));
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
process.on('SIGTERM', async () => {
  await transport.close({ graceMs: 0 });
  server.closeAllConnections();
  server.close(() => {
    backplane.close();
    process.exit();
  });
});
process.on('disconnect', () => process.exit());
