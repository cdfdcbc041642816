/** The TypeScript SDK's second generation with its Node adapter: a transport for each session, or its modern handler. */

import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { NodeStreamableHTTPServerTransport, toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler, Server } from '@modelcontextprotocol/server';
import { flood, optionsOf, serve } from './child.ts';
import type { SdkOptions } from './sdk-1.ts';

interface Sdk2Options extends SdkOptions {
  modern?: boolean;
}

const { enableJsonResponse = false, modern = false } = optionsOf<Sdk2Options>();
const sessions = new Map<string, { transport: NodeStreamableHTTPServerTransport; server: Server }>();

/** The low-level server: it does the least, and is the faster one. */
function mcpServer(): Server {
  const server = new Server({ name: 'bench', version: '1' }, { capabilities: { tools: {}, logging: {} } });
  server.setRequestHandler('tools/call', ({ params }) => ({
    content: [{ type: 'text', text: String(params.arguments?.text) }],
  }));
  return server;
}

async function openSession(): Promise<NodeStreamableHTTPServerTransport> {
  const server = mcpServer();
  const transport: NodeStreamableHTTPServerTransport = new NodeStreamableHTTPServerTransport({
    sessionIdGenerator: randomUUID,
    enableJsonResponse,
    onsessioninitialized: (id) => void sessions.set(id, { transport, server }),
  });
  await server.connect(transport);
  return transport;
}

const modernHandler = toNodeHandler(createMcpHandler(mcpServer));

const http = createServer(async (request, response) => {
  if (modern) return await modernHandler(request as never, response as never);
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
