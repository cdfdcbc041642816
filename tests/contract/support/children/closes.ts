/** Serves, uses all that starts a timer, closes, and says what is left. Exits by itself, or the test that started it fails. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { StreamableHttpTransport } from '../../../../playground-server/transport/index.ts';
import { createNodeHandler } from '../../../../playground-server/transport/node.ts';
import { Client } from '../client.ts';
import { heldMethod, testHandler } from '../handler.ts';

const held = heldMethod();
const transport = new StreamableHttpTransport({ handler: testHandler({ held: held.method }) });
const server = createServer(createNodeHandler(transport));
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const session = await new Client((server.address() as AddressInfo).port).session();
const [get, call] = [await session.get(), await session.call('held')];
const { context } = await held.begun();
const { signal } = context;

await transport.close();
await Promise.all([get.done(), call.done()]);
server.closeAllConnections();
server.close();
await once(server, 'close');
console.log(
  JSON.stringify({
    states: [get.state, call.state],
    aborted: signal.aborted,
    inspection: transport.inspect(),
    timers: process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout'),
  }),
);
