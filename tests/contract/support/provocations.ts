import type { ErrorName } from '../../../playground-server/transport/index.ts';
import { memory, StoreUnreachable } from '../../../playground-server/transport/index.ts';
import { until } from '../../setup/until.ts';
import type { Answer } from './answer.ts';
import { heldMethod, testHandler } from './handler.ts';
import { byUser } from './principal.ts';
import { type ModernErrorName, modernProvocations } from './provocations-modern.ts';
import type { Served, ServeOptions } from './serve.ts';

/** How one entry of the table of errors is brought about. */
export interface Provocation {
  options?: ServeOptions;
  /** The id of the request, where one could be parsed. */
  id?: string | number;
  /** Nothing was refused: this is how a request that was let in was answered. */
  letIn?: true;
  /** It is the last event of a stream. */
  onStream?: true;
  provoke: (server: Served) => Promise<Answer>;
}

const message = (method: string, id?: string | number) => ({
  jsonrpc: '2.0',
  method,
  ...(id === undefined ? {} : { id }),
});
const ping = { body: message('ping', 1) };

const handshakeProvocations: Record<Exclude<ErrorName, ModernErrorName>, Provocation> = {
  hostNotAllowed: { provoke: (server) => server.send({ ...ping, headers: { host: 'a.example' } }) },
  originNotAllowed: { provoke: (server) => server.send({ ...ping, headers: { origin: 'null' } }) },
  verbNotServed: { provoke: (server) => server.send({ method: 'PATCH', ...ping }) },
  statelessVerbNotServed: {
    options: { stateless: true },
    provoke: (server) => server.send({ method: 'GET' }),
  },
  notAcceptablePost: { provoke: (server) => server.send({ ...ping, headers: { accept: undefined } }) },
  notAcceptableGet: { provoke: (server) => server.send({ method: 'GET', headers: { accept: undefined } }) },
  unsupportedMediaType: { provoke: (server) => server.send({ ...ping, headers: { 'content-type': 'text/plain' } }) },
  bodyTooLarge: { options: { maxRequestBytes: 10 }, provoke: (server) => server.send(ping) },
  bodyTooSlow: {
    options: { bodyTimeoutMs: 20 },
    provoke: (server) => server.send({ body: '{', headers: { 'content-length': '2' } }),
  },
  notUtf8: { provoke: (server) => server.send({ body: Uint8Array.of(0x22, 0xff, 0x22) }) },
  notJson: { provoke: (server) => server.send({ body: '{' }) },
  tooDeep: { options: { maxJsonDepth: 1 }, provoke: (server) => server.send({ body: '[[]]' }) },
  notAMessage: { id: 7, provoke: (server) => server.send({ body: { id: 7 } }) },
  unauthorized: {
    options: { principal: () => ({ unauthorized: 'Bearer' }) },
    provoke: (server) => server.send(ping),
  },
  sessionForbidden: {
    id: 1,
    options: { principal: byUser },
    provoke: async (server) => (await server.session()).send({ ...ping, headers: { 'x-user': 'someone else' } }),
  },
  batchNotServed: { provoke: async (server) => (await server.session()).send({ body: [ping.body] }) },
  batchInvalid: { provoke: async (server) => (await server.session('2025-03-26')).send({ body: [] }) },
  sessionIdMissing: { id: 1, provoke: (server) => server.send(ping) },
  sessionNotFound: { id: 1, provoke: (server) => server.send({ ...ping, headers: { 'mcp-session-id': 'x' } }) },
  versionNotSupported: {
    id: 1,
    provoke: async (server) => (await server.session()).send({ ...ping, headers: { 'mcp-protocol-version': '1' } }),
  },
  initializeInSession: {
    id: 1,
    provoke: async (server) => server.initialize({}, { 'mcp-session-id': (await server.session()).id }),
  },
  initializeInvalid: { id: 1, provoke: (server) => server.initialize({ capabilities: null }) },
  tooManySessions: {
    id: 1,
    options: { maxSessions: 1 },
    provoke: async (server) => {
      await server.session();
      return server.initialize();
    },
  },
  tooManySessionsOfPrincipal: {
    id: 1,
    options: { maxSessionsPerPrincipal: 1, principal: () => 'me' },
    provoke: async (server) => {
      await server.session();
      return server.initialize();
    },
  },
  closing: {
    id: 1,
    provoke: async (server) => {
      await server.transport.close();
      return server.initialize();
    },
  },
  duplicateRequestId: {
    id: 'd',
    options: { duplicateRequestIds: 'reject' },
    provoke: async (server) => {
      const session = await server.session();
      await session.call('held', {}, 'd');
      return session.answer('ping', {}, 'd');
    },
  },
  tooManyInFlight: {
    id: 2,
    options: { maxInFlight: 1 },
    provoke: async (server) => {
      const session = await server.session();
      await session.call('held', {}, 1);
      return session.answer('ping', {}, 2);
    },
  },
  tooManyStreams: {
    id: 2,
    options: { maxStreams: 1 },
    provoke: async (server) => {
      const session = await server.session();
      await session.get();
      return session.answer('ping', {}, 2);
    },
  },
  sessionIdUnusable: { id: 1, options: { sessionIdGenerator: () => '' }, provoke: (server) => server.initialize() },
  replacedTooOften: {
    provoke: async (server) => {
      const session = await server.session();
      for (let i = 0; i < 4; i++) await session.get();
      return session.get();
    },
  },
  nothingToResume: {
    provoke: async (server) => {
      const session = await server.session();
      await session.answer('ping');
      return session.get('1.1');
    },
  },
  lastEventIdInvalid: { provoke: async (server) => (await server.session()).get('nonsense') },
  answerDropped: answerDropped(),
  handlerFailed: {
    id: 3,
    letIn: true,
    options: { enableJsonResponse: true },
    provoke: async (server) => (await server.session()).answer('fails', {}, 3),
  },
  instanceDied: instanceEnds(),
  storeUnreachable: {
    id: 1,
    options: {
      backplane: Object.assign(memory(), {
        sessions: {
          create: () => {
            throw new StoreUnreachable('gone');
          },
        } as never,
      }),
    },
    provoke: (server) => server.initialize(),
  },
  unexpected: {
    id: 1,
    options: { backplane: Object.assign(memory(), { sessions: {} as never }) },
    provoke: (server) => server.initialize(),
  },
};

/** An instance that closes, whose sessions go on elsewhere, answers what still runs. */
function instanceEnds(): Provocation {
  const held = heldMethod();
  return {
    id: 'held',
    letIn: true,
    onStream: true,
    options: { handler: testHandler({ held: held.method }), backplane: Object.assign(memory(), { shared: true }) },
    provoke: async (server) => {
      const answer = await (await server.session()).call('held', {}, 'held');
      await held.begun();
      await server.transport.close({ graceMs: 0 });
      return answer.done();
    },
  };
}

/** An answer that nobody read makes way for that of another request, and its client comes back for it. */
function answerDropped(): Provocation {
  const held = heldMethod();
  return {
    id: 'lost',
    letIn: true,
    onStream: true,
    options: { handler: testHandler({ held: held.method }), eventLog: { maxSessionBytes: 1000 } },
    provoke: async (server) => {
      const session = await server.session();
      (await session.call('held', {}, 'lost')).destroy();
      await until('nobody to read', () => server.transport.inspect().streams.every(({ open }) => !open));
      (await held.begun()).answer({});
      await session.answer('echo', { text: 'x'.repeat(1000) });
      return session.get('1.0');
    },
  };
}

export const provocations: Record<ErrorName, Provocation> = { ...handshakeProvocations, ...modernProvocations };
