import {
  Client, StreamableHTTPClientTransport,
} from '@modelcontextprotocol/client';

const client = new Client(
  { name: 'my-client', version: '1.0.0' },
  // Asks for the modern era first. Without it: the handshake era.
  { versionNegotiation: { mode: 'auto' } },
);
await client.connect(
  new StreamableHTTPClientTransport(new URL('{{endpoint}}')),
);

console.log('version', client.getNegotiatedProtocolVersion());
console.log((await client.callTool({ name: 'whoami' })).content);
await client.close();
