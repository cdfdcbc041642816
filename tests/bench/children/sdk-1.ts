/** The TypeScript SDK's first generation, one transport for each session, as its documentation has it. */

import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { CallToolRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { flood, optionsOf, serve } from './child.ts';

export interface SdkOptions {
  enableJsonResponse?: boolean;
}

const { enableJsonResponse = false } = optionsOf<SdkOptions>();
const sessions = new Map<string, { transport: StreamableHTTPServerTransport; server: Server }>();

/** The low-level server: it does the least, and is the faster one. */
async function openSession(): Promise<StreamableHTTPServerTransport> {
  const server = new Server({ name: 'bench', version: '1' }, { capabilities: { tools: {}, logging: {} } });
  server.setRequestHandler(CallToolRequestSchema, ({ params }) => ({
    content: [{ type: 'text', text: String(params.arguments?.text) }],
  }));
  const transport: StreamableHTTPServerTransport = new StreamableHTTPServerTransport({
    sessionIdGenerator: randomUUID,
    enableJsonResponse,
    onsessioninitialized: (id) => void sessions.set(id, { transport, server }),
  });
  // Its types and `exactOptionalPropertyTypes` do not agree.
  await server.connect(transport as never);
  return transport;
}

const http = createServer(async (request, response) => {
  const id = request.headers['mcp-session-id'];
  const transport = id === undefined ? await openSession() : sessions.get(String(id))?.transport;
  if (transport) await transport.handleRequest(request, response);
  else response.writeHead(404).end();
});

serve(
  http,
  {
    sessions: () => sessions.size,
    flood: ({ count, size }: { count: number; size: number }) =>
      flood((n) => {
        const params = { level: 'error' as const, data: { n, text: String(n % 10).repeat(size) } };
        for (const { server } of sessions.values())
          void server.notification({ method: 'notifications/message', params });
      }, count),
  },
  {},
);
