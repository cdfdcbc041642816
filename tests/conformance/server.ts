/**
 * The server under test of the conformance suite: `node tests/conformance/server.ts --port 4000`, then
 * `conformance server --url http://127.0.0.1:4000/mcp --suite all --spec-version 2026-07-28`.
 */

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseArgs } from 'node:util';
import { StreamableHttpTransport } from '../../playground-server/transport/index.ts';
import { createNodeHandler } from '../../playground-server/transport/node.ts';
import { fixtures } from './fixtures/index.ts';

const { values } = parseArgs({ options: { port: { type: 'string', default: '4000' } } });

const transport = new StreamableHttpTransport({ handler: fixtures });
const server = createServer(createNodeHandler(transport));

server.listen(Number(values.port), '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  console.log(`Listening on http://127.0.0.1:${port}/mcp`);
});

process.once('SIGTERM', async () => {
  await transport.close({ graceMs: 0 });
  server.close();
  server.closeAllConnections();
});
