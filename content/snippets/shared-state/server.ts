import cluster from 'node:cluster';
import { createServer } from 'node:http';
import {
  sqlite,
} from '../../../playground-server/transport/backplane/sqlite.ts';
import {
  StreamableHttpTransport,
} from '../../../playground-server/transport/index.ts';
import {
  createNodeHandler,
} from '../../../playground-server/transport/node.ts';

if (cluster.isPrimary) {
  for (let n = 0; n < 4; n++) cluster.fork();
  // A process that dies is replaced. Its sessions are in the file.
  cluster.on('exit', () => cluster.fork());
} else {
  const backplane = sqlite({ path: process.env.STORE ?? 'sessions.db' });
  const transport = new StreamableHttpTransport({
    backplane,
    handler: {
      describe: () => ({
        serverInfo: { name: 'shared', version: '1.0.0' },
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
