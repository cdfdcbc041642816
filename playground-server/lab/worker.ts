/**
 * One worker process of a lab: the transport and the playground's MCP server, on a Unix socket.
 *
 * It lives and dies with its supervisor. When the channel closes, for whatever reason, it takes its socket folder away
 * and exits, so that a killed server leaves no orphans.
 */

import { rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { flushCompileCache } from 'node:module';
import { dirname } from 'node:path';
import { createPlayground } from '../mcp/index.ts';
import { StreamableHttpTransport } from '../transport/index.ts';
import { createNodeHandler } from '../transport/node.ts';
import { machineTimeMs } from './clock.ts';
import type { FromWorker, ToWorker, WorkerSettings, WorkerTrace } from './ipc.ts';
import { shownTrace } from './shown.ts';

const settings = JSON.parse(process.argv[2] ?? '') as WorkerSettings;

const tell = (message: FromWorker): void => {
  if (process.connected) process.send?.(message);
};

let untold: WorkerTrace[] = [];
function tellUntold(): void {
  const events = untold;
  untold = [];
  tell({ type: 'trace', events });
}

const playground = createPlayground({ processName: settings.name, pid: process.pid });
const transport = new StreamableHttpTransport({
  handler: playground.handler,
  allowedHosts: settings.allowedHosts,
  allowedOrigins: settings.allowedOrigins,
  maxSessions: settings.maxSessions,
  maxRequestBytes: settings.maxRequestBytes,
  instanceHeader: 'Lab-Process',
  instanceName: settings.name,
  trace(event, place) {
    // One message for what happens in one go: a call has about ten events.
    if (untold.length === 0) queueMicrotask(tellUntold);
    untold.push({ timeMs: machineTimeMs(), place, ...shownTrace(event) });
  },
});

const server = createServer(
  // The router keeps its connections for as long as this process lives, and has timed the request itself.
  { keepAliveTimeout: 0, requestTimeout: 0, headersTimeout: 0 },
  createNodeHandler(transport, {
    exchangeId: (request) => {
      const id = request.headers['lab-exchange'];
      return typeof id === 'string' ? id : undefined;
    },
  }),
);

async function stop(): Promise<void> {
  playground.stop();
  await transport.close();
  // Messages leave in order: when the last one is out, all are.
  server.close(() => process.send?.({ type: 'trace', events: [] } satisfies FromWorker, () => process.disconnect()));
  server.closeIdleConnections();
}

process.on('message', (message: ToWorker) => {
  switch (message.type) {
    case 'ping':
      return tell({ type: 'pong' });
    case 'inspect':
      return tell({
        type: 'inspected',
        question: message.question,
        inspection: { heapBytes: process.memoryUsage().heapUsed, ...transport.inspect() },
      });
    case 'stop':
      return void stop();
  }
});

process.on('disconnect', () => {
  rmSync(dirname(settings.socket), { recursive: true, force: true });
  process.exit(0);
});

// Ctrl-C reaches the whole process group, and some service managers signal every process: when to stop is the
// supervisor's decision, which drains first.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});

playground.start(transport);
server.listen(settings.socket, () => {
  tell({ type: 'listening' });
  // Now rather than at the exit: the next worker may start before, and one that is killed never exits.
  flushCompileCache();
});
