/**
 * One instance in a process of its own, on the store of the given address. Sends its port to whoever started it.
 * Its methods show what crosses processes; `tell` broadcasts, and `whoami` says which process answered.
 */
import { createServer } from 'node:http';
import { flushCompileCache } from 'node:module';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  elicitation,
  type InputRequest,
  roots,
  StreamableHttpTransport,
  sampling,
  type TransportOptions,
} from '../../../../playground-server/transport/index.ts';
import { createNodeHandler } from '../../../../playground-server/transport/node.ts';
import { testHandler } from '../handler.ts';
import { openStore } from '../store-address.ts';

const [address = '', options = '{}'] = process.argv.slice(2);
const questions: Record<string, InputRequest> = {
  roots: roots(),
  sampling: sampling({ messages: [], maxTokens: 1 }),
  elicitation: elicitation({
    message: '?',
    requestedSchema: { type: 'object', properties: { n: { type: 'integer' } } },
  }),
};
const handler = testHandler({
  whoami: () => ({ pid: process.pid }),
  count: async ({ to, everyMs, hangUpAt }, context) => {
    for (let n = 1; n <= Number(to); n++) {
      await sleep(Number(everyMs));
      context.notify('notifications/progress', { n });
      if (n === hangUpAt) context.hangUp();
    }
    return { pid: process.pid };
  },
  ask: async ({ of = 'roots' }, context) => {
    const { given } = await context.ask({ given: questions[String(of)] as InputRequest });
    return { pid: process.pid, ...given };
  },
  tell: ({ n, call = null }, context) => {
    context.broadcast('notifications/n', { n: n ?? null, call });
    return { pid: process.pid };
  },
  follow: async ({ uri }, { session }) => {
    await session.subscribe(String(uri));
    return {};
  },
  touch: ({ uri, call }, context) => {
    context.broadcast('notifications/resources/updated', { uri: uri ?? null, call: call ?? null });
    return {};
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
const backplane = openStore(address);
const given = JSON.parse(options) as Partial<TransportOptions>;
const transport = new StreamableHttpTransport({ ...given, handler, backplane });
const server = createServer(createNodeHandler(transport));
server.listen(0, '127.0.0.1', () => {
  process.send?.((server.address() as AddressInfo).port);
  // Nothing is written at the end of a process that is killed.
  flushCompileCache();
});
process.on('SIGTERM', async () => {
  await transport.close({ graceMs: 0 });
  server.closeAllConnections();
  server.close(() => {
    void Promise.resolve(backplane.close()).then(() => process.exit());
  });
});
process.on('disconnect', () => process.exit());
