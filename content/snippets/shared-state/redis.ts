import { createServer } from 'node:http';
import {
  redis,
} from '../../../playground-server/transport/backplane/redis.ts';
import {
  StreamableHttpTransport,
} from '../../../playground-server/transport/index.ts';
import {
  createNodeHandler,
} from '../../../playground-server/transport/node.ts';

// One process. Start as many as you like, on any machine.
const url = process.env.REDIS_URL ?? 'redis://localhost:6379';
// What clients call it. Any other Host than localhost is refused.
const { HOSTS } = process.env;
const transport = new StreamableHttpTransport({
  backplane: redis({ url }),
  ...(HOSTS && { allowedHosts: HOSTS.split(',') }),
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
