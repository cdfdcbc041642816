import {
  createFetchHandler,
} from '../../../playground-server/transport/fetch.ts';
import {
  type JsonObject,
  memory,
  StreamableHttpTransport,
} from '../../../playground-server/transport/index.ts';
import { timed } from './timed.ts';

let asked: string[] = [];
const transport = new StreamableHttpTransport({
  backplane: timed(memory(), (what) => asked.push(what)),
  handler: {
    describe: () => ({
      serverInfo: { name: 'timed', version: '1.0.0' },
      capabilities: { tools: {} },
    }),
    request: () => ({ content: [{ type: 'text', text: 'done' }] }),
  },
});
const answer = createFetchHandler(transport);

async function ask(session: string, method: string, params: JsonObject) {
  asked = [];
  const response = await answer(
    new Request('http://localhost/mcp', {
      method: 'POST',
      headers: {
        host: 'localhost',
        accept: 'application/json, text/event-stream',
        'content-type': 'application/json',
        ...(session && { 'mcp-session-id': session }),
      },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
    }),
  );
  await response.text();
  console.log(`${method}: ${response.status}`);
  for (const what of asked) console.log(`  ${what}`);
  return response.headers.get('mcp-session-id') ?? session;
}

const session = await ask('', 'initialize', {
  protocolVersion: '2025-11-25',
  capabilities: {},
  clientInfo: { name: 'asker', version: '1.0.0' },
});
await ask(session, 'tools/call', { name: 'any' });
await transport.close();
