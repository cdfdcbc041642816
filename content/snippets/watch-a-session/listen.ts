import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import {
  StreamableHTTPClientTransport,
} from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import {
  ToolListChangedNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js';

const client = new Client({ name: 'my-client', version: '1.0.0' });
const heard = new Promise((resolve) =>
  client.setNotificationHandler(ToolListChangedNotificationSchema, resolve),
);

// After `notifications/initialized` the SDK opens the GET stream by itself.
const transport = new StreamableHTTPClientTransport(
  new URL('{{endpoint}}'),
);
await client.connect(transport);

await client.callTool({ name: 'announce' });
console.log('heard', await heard);
await transport.terminateSession(); // DELETE
await client.close();
