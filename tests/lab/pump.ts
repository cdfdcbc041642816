/** The relay alone, between a real port and a real Unix socket, and a client that shows the bytes as they arrive. */

import { once } from 'node:events';
import { Agent, createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { noFaults } from '../../playground-server/lab/faults.ts';
import { type RelayEnd, relay } from '../../playground-server/lab/relay.ts';
import type { RouterEvent } from '../../playground-server/lab/wire.ts';
import { tempFolder } from '../setup/temp-folder.ts';

interface Pump extends AsyncDisposable {
  port: number;
  events: RouterEvent[];
  ends: RelayEnd[];
  /** What the worker was asked, newest last. */
  asked: IncomingMessage[];
  /** The worker's answers, to be continued by the test. */
  answers: ServerResponse[];
  stopWorker: () => void;
}

/** A relay between a real port and a real Unix socket. */
export async function pump(worker: (request: IncomingMessage, response: ServerResponse) => void): Promise<Pump> {
  const folder = await tempFolder();
  const socket = join(folder.path, 'worker.sock');
  const asked: IncomingMessage[] = [];
  const answers: ServerResponse[] = [];
  const upstream = createServer((request, response) => {
    asked.push(request);
    answers.push(response);
    worker(request, response);
  });
  upstream.listen(socket);
  await once(upstream, 'listening');
  const agent = new Agent({ keepAlive: true });
  const events: RouterEvent[] = [];
  const ends: RelayEnd[] = [];
  const edge: Server = createServer((request, response) => {
    const settings = { socket, agent, exchange: 'x1', maxRequestBytes: 1_000_000 };
    const undisturbed = { faults: noFaults, signal: new AbortController().signal, onSession: () => {} };
    void relay(request, response, { ...settings, ...undisturbed }, (event) => events.push(event)).then((end) => {
      ends.push(end);
      if (end.kind === 'failed' && !end.answered) response.writeHead(502).end();
    });
  });
  edge.listen(0, '127.0.0.1');
  await once(edge, 'listening');
  return {
    port: (edge.address() as AddressInfo).port,
    events,
    ends,
    asked,
    answers,
    stopWorker: () => upstream.closeAllConnections(),
    async [Symbol.asyncDispose]() {
      agent.destroy();
      for (const server of [edge, upstream]) {
        server.closeAllConnections();
        server.close();
      }
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** A client that shows the bytes as they arrive. */
export async function rawClient(port: number, request: string): Promise<{ socket: Socket; text: () => string }> {
  const socket = connect(port, '127.0.0.1');
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1');
  });
  socket.on('error', () => {});
  await once(socket, 'connect');
  socket.write(request);
  return { socket, text: () => text };
}
