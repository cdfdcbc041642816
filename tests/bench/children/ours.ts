/** Our transport around the least of an MCP server: one tool, which answers at once. */

import { createServer, type Server } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createAdaptorServer } from '@hono/node-server';
import { createFetchHandler } from '../../../playground-server/transport/fetch.ts';
import {
  type Handler,
  StreamableHttpTransport,
  type TransportOptions,
} from '../../../playground-server/transport/index.ts';
import { createNodeHandler } from '../../../playground-server/transport/node.ts';
import { openStore } from '../../contract/support/store-address.ts';
import { flood, type Listening, optionsOf, serve } from './child.ts';

export interface OursOptions extends Listening {
  transport?: Partial<TransportOptions>;
  /** Address of a store; memory by default. */
  store?: string;
  adapter?: 'fetch';
  /** Session ids are counted, so that the load knows them: `session-000000001`, and so on. */
  countedIds?: true;
}

const { transport: given, store, adapter, countedIds, ...listening } = optionsOf<OursOptions>();

interface Call {
  arguments: { text: string };
}
const description = { serverInfo: { name: 'bench', version: '1' }, capabilities: { tools: {}, logging: {} } };
const handler: Handler = {
  describe: () => description,
  request: ({ params }) => ({
    content: [{ type: 'text', text: String((params as unknown as Call).arguments.text) }],
  }),
};

let sessions = 0;
const transport = new StreamableHttpTransport({
  handler,
  ...given,
  ...(store && { backplane: openStore(store) }),
  ...(countedIds && { sessionIdGenerator: () => `session-${String(++sessions).padStart(9, '0')}` }),
});

const server =
  adapter === 'fetch'
    ? (createAdaptorServer({ fetch: createFetchHandler(transport, { answersTogether: true }) }) as Server)
    : createServer(createNodeHandler(transport));

serve(
  server,
  {
    open: () => transport.inspect().streams.filter(({ open }) => open).length,
    sessions: () => transport.inspect().sessions.length,
    broadcast: async () => {
      transport.broadcast('notifications/tools/list_changed');
      await nextTurn();
    },
    flood: ({ count, size }: { count: number; size: number }) =>
      flood((n) => {
        const params = { level: 'error', data: { n, text: String(n % 10).repeat(size) } };
        transport.broadcast('notifications/message', params);
      }, count),
  },
  listening,
);
