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
await client.connect(transport);

const call = { name: 'count', arguments: { to: 3, everyMs: 500 } };
const result = await client.callTool(call, undefined, {
  onprogress: ({ progress, total }) =>
    console.log(`progress ${progress} of ${total}`),
});
console.log('result', result.content);
await client.close();
