/**
 * A process that runs instances for a test: transport, sockets, timers and store are here, and the test's functions
 * (handler, options, clock) are called where they are, in the test's process. See `serveSpread`.
 */
import { rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname } from 'node:path';
import {
  type Handler,
  type RequestContext,
  type RequestHead,
  StreamableHttpTransport,
  type TransportOptions,
} from '../../../../playground-server/transport/index.ts';
import { createNodeHandler } from '../../../../playground-server/transport/node.ts';
import type { InstanceParts } from '../spread/instance-parts.ts';
import { Line } from '../spread/line.ts';
import { Shared } from '../spread/remote.ts';
import { type OpenedStore, openStore } from '../store-address.ts';

interface Running {
  transport: StreamableHttpTransport;
  server: Server;
  backplane: OpenedStore;
}

const shared = new Shared();
const running = new Map<number, Running>();
const instance = (number: number) => running.get(number) as Running;

const line = Line.connect(process.argv[2] as string, {
  serve: async (number: number, parts: InstanceParts) => {
    const backplane = openStore(parts.store, parts.hasClock ? () => line.call('now', number) as number : undefined);
    const options = {
      ...parts.options,
      ...functions(number, parts.functions),
      backplane,
      handler: handler(number, parts),
    };
    const transport = new StreamableHttpTransport(options as TransportOptions);
    const server = createServer(createNodeHandler(transport));
    running.set(number, { transport, server, backplane });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return (server.address() as AddressInfo).port;
  },
  transport: (number: number, method: 'broadcast', args: [string]) => instance(number).transport[method](...args),
  closeAllConnections: (number: number) => instance(number).server.closeAllConnections(),
  stop: async (number: number) => {
    const { transport, server, backplane } = instance(number);
    await transport.close({ graceMs: 0 });
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await backplane.close();
    running.delete(number);
  },
  read: (ref: number, name: string) => shared.read(ref, name),
  apply: (ref: number, name: string, args: unknown[]) => shared.apply(ref, name, args),
});

/** Only what the test's handler has: the transport asks what there is. */
function handler(number: number, { handler: members }: InstanceParts): Handler {
  const called = (name: string) => (message: unknown, context?: RequestContext) =>
    line.call('handler', number, name, message, context && share(context));
  return Object.fromEntries(members.map((name) => [name, called(name)])) as unknown as Handler;
}

function share(context: RequestContext): number {
  const ref = shared.add(context);
  // A notification has none.
  context.signal?.addEventListener('abort', () => line.call('aborted', ref));
  return ref;
}

/** The options that are functions. What they are given of a request is its head as data. */
function functions(number: number, names: readonly string[]): Record<string, unknown> {
  const sendable = (value: unknown) => (isHead(value) ? { method: value.method, headers: headersOf(value) } : value);
  const called =
    (name: string) =>
    (...args: unknown[]) =>
      line.call('option', number, name, args.map(sendable));
  return Object.fromEntries(names.map((name) => [name, called(name)]));
}

const isHead = (value: unknown): value is RequestHead => typeof (value as Partial<RequestHead>)?.header === 'function';
const headersOf = ({ header, raw }: RequestHead) => {
  const { headers } = raw as { headers: Record<string, unknown> };
  return Object.fromEntries(Object.keys(headers).map((name) => [name, header(name)]));
};

process.on('disconnect', () => {
  rmSync(dirname(process.argv[2] as string), { recursive: true, force: true });
  process.exit();
});
process.send?.('ready');
