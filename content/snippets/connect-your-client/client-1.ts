import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import {
  StreamableHTTPClientTransport,
} from '@modelcontextprotocol/sdk/client/streamableHttp.js';

const client = new Client({ name: 'my-client', version: '1.0.0' });
const transport = new StreamableHTTPClientTransport(
  new URL('{{endpoint}}'),
);
await client.connect(transport);

console.log('version', transport.protocolVersion);
console.log((await client.callTool({ name: 'whoami' })).content);
await transport.terminateSession(); // DELETE
await client.close();
