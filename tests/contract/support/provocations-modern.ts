import { roots } from '../../../playground-server/transport/index.ts';
import { testHandler } from './handler.ts';
import { listen } from './listen.ts';
import { modernRequest, versionKey } from './modern.ts';
import type { Provocation } from './provocations.ts';

const discover = modernRequest('server/discover');
const allTools = { toolsListChanged: true };
const unknown = '2030-01-01';

/** What only a request of the modern era can be answered with. */
export const modernProvocations = {
  modernVerbNotServed: {
    provoke: (server) => server.send({ method: 'DELETE', headers: { 'mcp-protocol-version': '2026-07-28' } }),
  },
  metaInvalid: {
    id: 1,
    provoke: (server) => server.send(modernRequest('server/discover', { meta: { [versionKey]: 7 } })),
  },
  versionUnsupported: {
    id: 1,
    provoke: (server) => {
      const headers = { 'mcp-protocol-version': unknown };
      return server.send(modernRequest('server/discover', { meta: { [versionKey]: unknown }, headers }));
    },
  },
  headerMismatch: {
    id: 1,
    provoke: (server) => server.send({ ...discover, headers: { ...discover.headers, 'mcp-method': 'ping' } }),
  },
  parameterHeaderMismatch: {
    id: 1,
    options: {
      handler: { ...testHandler(), headerParameters: () => [{ name: 'City', path: ['city'], type: 'string' }] },
    },
    provoke: (server) => {
      const params = { name: 'weather', arguments: { city: 'Ulm' } };
      return server.send(modernRequest('tools/call', { params, headers: { 'mcp-param-city': 'Bonn' } }));
    },
  },
  methodNotFound: { id: 1, provoke: (server) => server.send(modernRequest('ping')) },
  modernBatch: { provoke: (server) => server.send({ ...discover, body: [discover.body] }) },
  modernResponse: {
    provoke: (server) => server.send({ ...discover, body: { jsonrpc: '2.0', id: 1, result: {} } }),
  },
  capabilityMissing: {
    id: 1,
    letIn: true,
    options: {
      handler: testHandler({
        needs: (_, context) => {
          context.require({ roots: {} });
          return {};
        },
      }),
    },
    provoke: (server) => server.send(modernRequest('needs')),
  },
  modernClosing: {
    id: 1,
    provoke: async (server) => {
      await server.transport.close();
      return server.send(discover);
    },
  },
  askedFromElsewhere: {
    id: 1,
    letIn: true,
    options: { handler: testHandler({ asks: (_, context) => context.ask({ where: roots() }) }) },
    provoke: (server) => server.send(modernRequest('asks')),
  },
  askedByRequest: {
    id: 1,
    letIn: true,
    options: { handler: testHandler({ asks: (_, context) => context.request('ping') }) },
    provoke: (server) => server.send(modernRequest('asks')),
  },
  listenInvalid: { id: 1, provoke: (server) => listen(server, 'everything') },
  listenNeedsId: {
    provoke: (server) => {
      const { body, headers } = modernRequest('subscriptions/listen', { params: { notifications: allTools } });
      const { id: _, ...notification } = body;
      return server.send({ body: notification, headers });
    },
  },
  tooManyListening: {
    id: 1,
    options: { maxListenStreams: 1 },
    provoke: async (server) => {
      await listen(server, allTools);
      return listen(server, allTools);
    },
  },
  tooManyListeningOfPrincipal: {
    id: 1,
    options: { maxListenPerPrincipal: 1, principal: () => 'me' },
    provoke: async (server) => {
      await listen(server, allTools);
      return listen(server, allTools);
    },
  },
  requestStateInvalid: {
    id: 1,
    provoke: (server) => server.send(modernRequest('tools/call', { params: { name: 'x', requestState: 'made up' } })),
  },
} satisfies Record<string, Provocation>;

export type ModernErrorName = keyof typeof modernProvocations;
