/**
 * Serves, uses all that starts a timer, closes, and says what is left. Exits by itself, or the test that started it
 * fails. With the argument `answers` the request that runs is answered while the transport drains, long before the end
 * of the grace period; otherwise it never is.
 */
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
const answers = process.argv[2] === 'answers';
const session = await new Client((server.address() as AddressInfo).port).session();
const [get, call] = [await session.get(), await session.call('held')];
const { context, answer } = await held.begun();
const { signal } = context;
const asked = context.session.request('ping').catch(({ reason }) => reason);

const closed = transport.close({ graceMs: answers ? 3_600_000 : 50 });
if (answers) answer({});
await closed;
await Promise.all([get.done(), call.done()]);
server.closeAllConnections();
server.close();
await once(server, 'close');
console.log(
  JSON.stringify({
    states: [get.state, call.state],
    aborted: signal.aborted,
    asked: await asked,
    inspection: transport.inspect(),
    timers: process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout'),
  }),
);
