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
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createPlayground } from '../mcp/index.ts';
import { StreamableHttpTransport } from '../transport/index.ts';
import { createNodeHandler } from '../transport/node.ts';
import type { TracePlace } from '../transport/trace.ts';
import { machineTimeMs } from './clock.ts';
import type { FromWorker, ToWorker, WorkerSettings } from './ipc.ts';
import { openShared } from './shared-folder.ts';
import { shownTrace } from './shown.ts';
import { TraceSender } from './trace-sender.ts';
import { TracedStore } from './traced-store.ts';
import type { StoreEvent } from './wire.ts';

const settings = JSON.parse(process.argv[2] ?? '') as WorkerSettings;

const tell = (message: FromWorker, done = (): void => {}): void => {
  // The callback also takes the error of a channel that closes at this very moment.
  if (process.connected) process.send?.(message, done);
  else done();
};
const sender = new TraceSender(tell);

const tellStore = (event: StoreEvent, place: TracePlace): void => sender.add({ timeMs: machineTimeMs(), place, event });
const shared = settings.shared === null ? undefined : await openShared(settings.shared);
const store = shared && new TracedStore(shared.backplane, tellStore);

const playground = createPlayground({ processName: settings.name, pid: process.pid });
const transport = new StreamableHttpTransport({
  handler: playground.handler,
  allowedHosts: settings.allowedHosts,
  allowedOrigins: settings.allowedOrigins,
  maxSessions: settings.maxSessions,
  stateless: settings.stateless,
  ...(store && shared && { backplane: store.backplane, requestStateKeys: shared.requestStateKeys }),
  maxRequestBytes: settings.maxRequestBytes,
  instanceHeader: 'Lab-Process',
  instanceName: settings.name,
  trace(event, place) {
    if (event.type === 'request-received' || event.type === 'body-received') store?.serves(place.exchange);
    sender.add({ timeMs: machineTimeMs(), place, ...shownTrace(event) });
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

let stopping = false;

async function stop(graceMs: number): Promise<void> {
  if (stopping) return;
  stopping = true;
  // What was sent to this process before it was told may still lie in its sockets: one turn of the loop reads it.
  await nextTurn();
  await nextTurn();
  playground.stop();
  await transport.close({ graceMs });
  server.close(() => sender.end(() => process.exit(0)));
  server.closeIdleConnections();
}

function onSupervisorGone(): void {
  try {
    // All its workers do this at once, and one of them does it all.
    rmSync(dirname(settings.socket), { recursive: true, force: true, maxRetries: 3 });
  } finally {
    process.exit(0);
  }
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
    case 'emit':
      return transport.broadcast(message.method, message.params);
    case 'expire-session':
      // A store that is out of reach cannot be told: its log says so, and the session stays.
      return void transport.endSession(message.session).catch(() => {});
    case 'store':
      return store?.setReachable(message.reachable);
    case 'stop':
      return void stop(message.graceMs);
  }
});

process.on('disconnect', onSupervisorGone);
// It may have died while this module was loading, when nobody listened for that.
if (!process.connected) onSupervisorGone();

// Ctrl-C reaches the whole process group: when to stop is then the supervisor's decision, which drains first.
process.on('SIGINT', () => {});
// SIGTERM was meant for this process. It ends in order, once no more requests are sent to it.
process.on('SIGTERM', () => tell({ type: 'wants-to-stop' }));

playground.start(transport);
server.listen(settings.socket, () => {
  tell({ type: 'listening' });
  // Now rather than at the exit: the next worker may start before, and one that is killed never exits.
  flushCompileCache();
});
