import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  StreamableHttpTransport,
  type TraceEvent,
  type TracePlace,
  type TransportOptions,
} from '../../../playground-server/transport/index.ts';
import { createNodeHandler, type NodeHandlerOptions } from '../../../playground-server/transport/node.ts';
import { Client } from './client.ts';
import { type TestHandler, testHandler } from './handler.ts';

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

/**
 * A transport behind a real HTTP server on a free loopback port, and a client of it. Everything closes with its scope:
 * `await using server = await serve({ maxInFlight: 2 })`.
 */
export async function serve({ node, traced, ...options }: ServeOptions = {}): Promise<Served> {
  const handler = options.handler ?? testHandler();
  const traces: Traced[] = [];
  const trace = traced ? { trace: (event: TraceEvent, place: TracePlace) => void traces.push({ event, place }) } : {};
  const transport = new StreamableHttpTransport({ ...trace, ...options, handler });
  const server = createServer(createNodeHandler(transport, node));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return Object.assign(new Client((server.address() as AddressInfo).port), {
    transport,
    server,
    handler,
    traces,
    [Symbol.asyncDispose]: async () => {
      await transport.close();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  });
}
