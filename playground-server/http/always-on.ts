/** The transport at `/mcp`: always there, in the server's own process, for clients that need no lab. */

import { createPlayground } from '../mcp/index.ts';
import { StreamableHttpTransport } from '../transport/index.ts';
import { createNodeHandler } from '../transport/node.ts';
import type { AllowedSources } from './hosts.ts';
import type { Route } from './routes.ts';

export interface AlwaysOn {
  routes: Route[];
  close(): Promise<void>;
}

export function alwaysOn(sources: AllowedSources): AlwaysOn {
  const playground = createPlayground({ processName: 'server', pid: process.pid });
  const transport = new StreamableHttpTransport({ handler: playground.handler, ...sources });
  const handle = createNodeHandler(transport);
  playground.start(transport);
  return {
    routes: [{ pattern: '/mcp', handlers: { ANY: ({ request, response }) => handle(request, response) } }],
    async close() {
      playground.stop();
      await transport.close();
    },
  };
}
