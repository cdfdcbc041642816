import cluster from 'node:cluster';
import { createServer } from 'node:http';
import {
  StreamableHttpTransport,
} from '../../../playground-server/transport/index.ts';
import {
  createNodeHandler,
} from '../../../playground-server/transport/node.ts';

if (cluster.isPrimary) {
  for (let n = 0; n < 4; n++) cluster.fork();
} else {
  const transport = new StreamableHttpTransport({
    stateless: true,
    handler: {
      describe: () => ({
        serverInfo: { name: 'stateless', version: '1.0.0' },
        capabilities: { tools: {} },
      }),
      request: ({ method }) =>
        method === 'tools/list'
          ? { tools: [{ name: 'whoami', inputSchema: { type: 'object' } }] }
          : { content: [{ type: 'text', text: `pid ${process.pid}` }] },
    },
  });
  createServer(createNodeHandler(transport))
    .listen(Number(process.env.PORT ?? 3000));
}
