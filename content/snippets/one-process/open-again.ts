import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import {
  StreamableHTTPClientTransport, StreamableHTTPError,
} from '@modelcontextprotocol/sdk/client/streamableHttp.js';

const url = new URL('{{endpoint}}');
let client = await open();

async function open() {
  const fresh = new Client({ name: 'my-client', version: '1.0.0' });
  await fresh.connect(new StreamableHTTPClientTransport(url));
  return fresh;
}

async function call(name: string) {
  try {
    return await client.callTool({ name });
  } catch (error) {
    const lost = error instanceof StreamableHTTPError && error.code === 404;
    if (!lost) throw error;
    await client.close();
    client = await open(); // initialize, without the old id
    return await client.callTool({ name }); // once: no loop
  }
}

// End the session behind the client's back, as a restart would.
const headers = { 'mcp-session-id': String(client.transport?.sessionId) };
await fetch(url, { method: 'DELETE', headers });

console.log((await call('whoami')).content);
await client.close();
