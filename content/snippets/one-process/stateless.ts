import cluster from 'node:cluster';
import { createServer } from 'node:http';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import {
  StreamableHTTPServerTransport,
} from '@modelcontextprotocol/sdk/server/streamableHttp.js';

if (cluster.isPrimary) {
  for (let n = 0; n < 4; n++) cluster.fork();
} else {
  createServer(async (request, response) => {
    if (request.method !== 'POST') {
      // No session, so there is nothing to listen to and nothing to end.
      response.writeHead(405, { allow: 'POST' }).end();
      return;
    }
    // A server and a transport for this one request. Without a
    // sessionIdGenerator no id is minted.
    const transport = new StreamableHTTPServerTransport();
    const server = new McpServer({ name: 'stateless', version: '1.0.0' });
    server.registerTool('whoami', {}, () => ({
      content: [{ type: 'text', text: `pid ${process.pid}` }],
    }));
    response.on('close', () => void server.close());
    await server.connect(transport);
    await transport.handleRequest(request, response);
  }).listen(Number(process.env.PORT ?? 3000));
}
