/**
 * Sends notifications to a reader that reads nothing, over a raw socket, and weighs the process before and after.
 *
 * Prints `{ grownBytes, status }`: by how much resident memory or the heap grew, whichever grew more, and how the session
 * answers now. Needs `--expose-gc`.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { StreamableHttpTransport } from '../../../../playground-server/transport/index.ts';
import { createNodeHandler } from '../../../../playground-server/transport/node.ts';
import { acceptBoth, Client, type ClientSession } from '../client.ts';
import { testHandler } from '../handler.ts';
import { httpText } from '../raw.ts';

const [stream, count, size] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];

async function sendAll(notify: (method: string, params: { n: number; text: string }) => void, many: number) {
  for (let n = 1; n <= many; n++) {
    notify('notifications/message', { n, text: String(n % 10).repeat(size) });
    if (n % 20 === 0) await nextTurn();
  }
}

const handler = testHandler({
  chatter: async (_, context) => {
    await sendAll(context.notify.bind(context), count);
    return {};
  },
});
const transport = new StreamableHttpTransport({ handler });
const server = createServer(createNodeHandler(transport));
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const { port } = server.address() as AddressInfo;

async function weigh(): Promise<{ resident: number; heap: number }> {
  for (let i = 0; i < 4; i++) {
    globalThis.gc?.();
    await nextTurn();
  }
  const { rss, heapUsed, external } = process.memoryUsage();
  return { resident: rss, heap: heapUsed + external };
}

/** Opens the stream, and never reads: no listener for `data`, so that the socket stays paused. */
async function stall(): Promise<{ session: ClientSession; socket: Socket }> {
  const session = await new Client(port).session();
  const lines = ['Host: localhost', `Accept: ${acceptBoth}`, `Mcp-Session-Id: ${session.id}`];
  const socket = connect({ port, host: '127.0.0.1' });
  await once(socket, 'connect');
  if (stream === 'standalone') {
    socket.write(httpText('GET', lines));
    while (!transport.inspect().streams.some(({ open }) => open)) await nextTurn();
    await sendAll((method, params) => transport.broadcast(method, { level: 'error', ...params }), count);
  } else {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'chatter' });
    lines.push('Content-Type: application/json', `Content-Length: ${body.length}`);
    socket.write(httpText('POST', lines, body));
    while (transport.inspect().inFlight.length === 0) await nextTurn();
    while (transport.inspect().inFlight.length > 0) await nextTurn();
  }
  return { session, socket };
}

const grown: number[] = [];
let status = 0;
// The first rounds fill what the allocator and compiled code keep for themselves. What is really held is held each time.
for (let round = 0; round < 4; round++) {
  const before = await weigh();
  const { session, socket } = await stall();
  const after = await weigh();
  if (round >= 2) grown.push(Math.max(after.resident - before.resident, after.heap - before.heap));
  status = (await session.answer('ping')).status;
  socket.destroy();
  await session.delete();
}
console.log(JSON.stringify({ grownBytes: Math.min(...grown), status }));
process.exit();
