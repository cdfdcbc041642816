/**
 * The server under test of the conformance suite: `node tests/conformance/server.ts --port 4000`, then
 * `conformance server --url http://127.0.0.1:4000/mcp --suite all --spec-version 2026-07-28`. With `--store` it shares its
 * sessions with every other process that is given the same: `--store sqlite:/tmp/store.db`.
 */

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseArgs } from 'node:util';
import { StreamableHttpTransport } from '../../playground-server/transport/index.ts';
import { createNodeHandler } from '../../playground-server/transport/node.ts';
import { openStore } from '../contract/support/store-address.ts';
import { fixtures } from './fixtures/index.ts';

const { values } = parseArgs({
  options: { port: { type: 'string', default: '4000' }, store: { type: 'string' } },
});

const backplane = values.store === undefined ? undefined : openStore(values.store);
const transport = new StreamableHttpTransport({
  handler: fixtures,
  // What one process seals, the next one opens (rule I3).
  ...(backplane && { backplane, requestStateKeys: [new Uint8Array(32)] }),
});
const server = createServer(createNodeHandler(transport));

// Whoever keeps a connection to a router would meet the same process again.
if (backplane) server.maxRequestsPerSocket = 1;

server.listen(Number(values.port), '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  console.log(`Listening on http://127.0.0.1:${port}/mcp`);
});

process.once('SIGTERM', async () => {
  await transport.close({ graceMs: 0 });
  server.close();
  server.closeAllConnections();
  await backplane?.close();
});
