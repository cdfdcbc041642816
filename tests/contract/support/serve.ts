import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createFetchHandler } from '../../../playground-server/transport/fetch.ts';
import {
  StreamableHttpTransport,
  type TraceEvent,
  type TracePlace,
  type TransportOptions,
} from '../../../playground-server/transport/index.ts';
import { createNodeHandler, type NodeHandlerOptions } from '../../../playground-server/transport/node.ts';
import { Client } from './client.ts';
import { bridge } from './fetch-bridge.ts';
import { type TestHandler, testHandler } from './handler.ts';
import { serveSpread } from './spread/serve-spread.ts';
import { addressOf, clockOf, inOneProcess, store, storeName } from './store.ts';

export interface Traced {
  event: TraceEvent;
  place: TracePlace;
}

export interface Served extends Client, AsyncDisposable {
  transport: StreamableHttpTransport;
  server: Server;
  handler: TestHandler;
  /** All that was traced, when `traced` was asked for. */
  traces: Traced[];
}

export type ServeOptions = Partial<TransportOptions> & {
  handler?: TestHandler;
  node?: NodeHandlerOptions;
  traced?: true;
};

/** The whole suite runs over each of the two adapters: see the project `contract-fetch` in vitest.config.ts. */
const overFetch = process.env.ADAPTER === 'fetch';

/**
 * A transport behind a real HTTP server on a free loopback port, and a client of it. Everything closes with its scope:
 * `await using server = await serve({ maxInFlight: 2 })`.
 */
export async function serve({ node, traced, ...options }: ServeOptions = {}): Promise<Served> {
  const handler = options.handler ?? testHandler();
  const traces: Traced[] = [];
  const trace = traced ? { trace: (event: TraceEvent, place: TracePlace) => void traces.push({ event, place }) } : {};
  if (!inOneProcess) return spread(handler, { ...trace, ...options }, traces);
  const backplane = options.backplane ?? (storeName === 'memory' ? undefined : store());
  const transport = new StreamableHttpTransport({ ...trace, ...options, ...(backplane && { backplane }), handler });
  const server = createServer(
    overFetch ? bridge(createFetchHandler(transport, { answersTogether: true })) : createNodeHandler(transport, node),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return Object.assign(new Client((server.address() as AddressInfo).port), {
    transport,
    server,
    handler,
    traces,
    [Symbol.asyncDispose]: async () => {
      await transport.close({ graceMs: 0 });
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  });
}

/** The whole suite runs on three processes as well: see the project `contract-spread` in vitest.config.ts. */
async function spread(
  handler: TestHandler,
  { backplane = store(), handler: _, ...options }: Partial<TransportOptions>,
  traces: Traced[],
): Promise<Served> {
  const served = await serveSpread(handler, options, addressOf(backplane), clockOf(backplane));
  return Object.assign(served, { handler, traces, [Symbol.asyncDispose]: served.stop }) as unknown as Served;
}
