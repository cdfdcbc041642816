import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import {
  StreamableHTTPClientTransport,
} from '@modelcontextprotocol/sdk/client/streamableHttp.js';

const client = new Client({ name: 'my-client', version: '1.0.0' });
const transport = new StreamableHTTPClientTransport(
  new URL('{{endpoint}}'),
  { sessionId: '{{session}}' },
);
transport.setProtocolVersion('2025-11-25');
await client.connect(transport); // the session is known: nothing is sent

const { tools } = await client.listTools();
console.log(tools.map((tool) => tool.name));
await client.close();
