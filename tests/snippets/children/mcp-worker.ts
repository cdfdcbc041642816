/** One MCP server process to stand behind a proxy: the playground's tools, on a free port that it tells its parent. */

import { createServer, type OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createPlayground } from '../../../playground-server/mcp/index.ts';
import { StreamableHttpTransport } from '../../../playground-server/transport/index.ts';
import { createNodeHandler } from '../../../playground-server/transport/node.ts';
import type { WorkerOptions } from '../mcp-workers.ts';

const {
  sessionIdPrefix,
  sendsXAccelBuffering = true,
  ...options
} = JSON.parse(process.argv[2] ?? '{}') as WorkerOptions;

/** The responses of a server that never heard of nginx. */
class WithoutXAccelBuffering extends ServerResponse {
  override writeHead(status: number, ...more: unknown[]): this {
    const { 'x-accel-buffering': _, ...headers } = (more.at(-1) ?? {}) as OutgoingHttpHeaders;
    return super.writeHead(status, headers);
  }
}

const transport = new StreamableHttpTransport({
  handler: createPlayground({ processName: String(process.pid), pid: process.pid }).handler,
  ...(sessionIdPrefix === undefined ? {} : { sessionIdGenerator: () => sessionIdPrefix + crypto.randomUUID() }),
  ...options,
});
const handle = createNodeHandler(transport);

const server = createServer(
  { keepAliveTimeout: 75_000, ...(sendsXAccelBuffering ? {} : { ServerResponse: WithoutXAccelBuffering }) },
  (request, response) => {
    if (request.url === '/healthz') response.end('ok');
    else handle(request, response);
  },
);
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));

// No worker outlives its test.
process.on('disconnect', () => process.exit());
