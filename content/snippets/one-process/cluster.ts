import cluster from 'node:cluster';
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import {
  StreamableHTTPServerTransport,
} from '@modelcontextprotocol/sdk/server/streamableHttp.js';

const workers = Number(process.env.WORKERS ?? 4);
const port = Number(process.env.PORT ?? 3000);

if (workers > 1 && cluster.isPrimary) {
  for (let n = 0; n < workers; n++) cluster.fork();
} else {
  // The table. Every worker runs this line, so there are four of them.
  const sessions = new Map<string, StreamableHTTPServerTransport>();

  createServer(async (request, response) => {
    const id = request.headers['mcp-session-id'];
    let transport = sessions.get(String(id));
    if (id !== undefined && !transport) {
      response.writeHead(404, { 'content-type': 'application/json' });
      response.end(JSON.stringify({
        jsonrpc: '2.0', id: null,
        error: { code: -32001, message: 'Session not found' },
      }));
      return;
    }
    transport ??= await open(sessions);
    await transport.handleRequest(request, response);
  }).listen(port);
}

async function open(sessions: Map<string, StreamableHTTPServerTransport>) {
  const transport: StreamableHTTPServerTransport =
    new StreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      onsessioninitialized: (id) => void sessions.set(id, transport),
      onsessionclosed: (id) => void sessions.delete(id),
    });
  const server = new McpServer({ name: 'forked', version: '1.0.0' });
  server.registerTool('whoami', {}, () => ({
    content: [{ type: 'text', text: `pid ${process.pid}` }],
  }));
  await server.connect(transport);
  return transport;
}
