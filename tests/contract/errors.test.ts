/** Every entry of the table of errors, provoked for real: none is dead, and each is answered as the table says. */
import { expect, test } from 'vitest';
import { type ErrorEntry, type ErrorName, errors, memory } from '../../playground-server/transport/index.ts';
import type { Answer } from './support/answer.ts';
import { heldMethod, type Method, testHandler } from './support/handler.ts';
import { type Served, type ServeOptions, serve } from './support/serve.ts';

const message = (method: string, id?: string | number) => ({
  jsonrpc: '2.0',
  method,
  ...(id === undefined ? {} : { id }),
});
const held = heldMethod();
const methods: Record<string, Method> = {
  held: held.method,
  fails: () => {
    throw new Error('its text stays inside');
  },
};

interface Provocation {
  options?: ServeOptions;
  /** The id of the request, where one could be parsed. */
  id?: string | number;
  provoke: (server: Served) => Promise<Answer>;
}

const provocations: Record<ErrorName, Provocation> = {
  hostNotAllowed: { provoke: (server) => server.send({ body: message('ping', 1), headers: { host: 'a.example' } }) },
  originNotAllowed: { provoke: (server) => server.send({ body: message('ping', 1), headers: { origin: 'null' } }) },
  verbNotServed: { provoke: (server) => server.send({ method: 'PATCH', body: message('ping', 1) }) },
  modernNotServed: {
    id: 'm',
    provoke: (server) => server.send({ body: message('ping', 'm'), headers: { 'mcp-protocol-version': '2026-07-28' } }),
  },
  modernVerbNotServed: {
    provoke: (server) => server.send({ method: 'DELETE', headers: { 'mcp-protocol-version': '2026-07-28' } }),
  },
  notAcceptablePost: { provoke: (server) => server.send({ body: message('ping', 1), headers: { accept: undefined } }) },
  notAcceptableGet: { provoke: (server) => server.send({ method: 'GET', headers: { accept: undefined } }) },
  unsupportedMediaType: {
    provoke: (server) => server.send({ body: message('ping', 1), headers: { 'content-type': 'text/plain' } }),
  },
  bodyTooLarge: { options: { maxRequestBytes: 10 }, provoke: (server) => server.send({ body: message('ping', 1) }) },
  bodyTooSlow: {
    options: { bodyTimeoutMs: 20 },
    provoke: (server) => server.send({ body: '{', headers: { 'content-length': '2' } }),
  },
  notUtf8: { provoke: (server) => server.send({ body: Uint8Array.of(0x22, 0xff, 0x22) }) },
  notJson: { provoke: (server) => server.send({ body: '{' }) },
  tooDeep: { options: { maxJsonDepth: 1 }, provoke: (server) => server.send({ body: '[[]]' }) },
  notAMessage: { id: 7, provoke: (server) => server.send({ body: { id: 7 } }) },
  batchNotServed: { provoke: (server) => server.send({ body: [message('ping', 1)] }) },
  sessionIdMissing: { id: 1, provoke: (server) => server.send({ body: message('ping', 1) }) },
  sessionNotFound: {
    id: 1,
    provoke: (server) => server.send({ body: message('ping', 1), headers: { 'mcp-session-id': 'x' } }),
  },
  versionNotSupported: {
    id: 1,
    provoke: async (server) =>
      (await server.session()).send({ body: message('ping', 1), headers: { 'mcp-protocol-version': '1' } }),
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
  handlerFailed: {
    id: 3,
    options: { enableJsonResponse: true },
    provoke: async (server) => (await server.session()).answer('fails', {}, 3),
  },
  unexpected: {
    id: 1,
    options: { backplane: Object.assign(memory(), { sessions: {} as never }) },
    provoke: (server) => server.initialize(),
  },
};

/** The message of an entry as a pattern: whatever is filled into its braces must be there. */
function pattern(entry: ErrorEntry): RegExp {
  const parts = entry.message.split(/\{\w+\}/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.+')}$`);
}

test('no entry of the table is left out', () => {
  expect(Object.keys(provocations).sort()).toEqual(Object.keys(errors).sort());
});

test.each(Object.keys(errors) as ErrorName[])('[G6] %s is answered as the table of errors says', async (name) => {
  const entry: ErrorEntry = errors[name];
  const { options = {}, id, provoke } = provocations[name];
  await using server = await serve({ handler: testHandler(methods), traced: true, ...options });
  const answer = await (await provoke(server)).done();
  expect(answer.status).toBe(entry.status);
  expect(answer.headers['content-type']).toBe('application/json');
  const { error, ...rest } = answer.json;
  expect(rest).toEqual(id === undefined ? { jsonrpc: '2.0' } : { jsonrpc: '2.0', id });
  expect(error).toMatchObject({ code: entry.code, message: expect.stringMatching(pattern(entry)) });
  expect(answer.headers['retry-after']).toBe(entry.retryAfterSeconds?.toString());
  if (entry.closesConnection) expect(answer.headers.connection).toBe('close');
  if (entry.status === 405) expect(answer.headers.allow).toBe('GET, POST, DELETE');
  expect(answer.headers['mcp-session-id']).toBeUndefined();
  if (name === 'handlerFailed') return;
  const { rule, status } = entry;
  expect(server.traces.map(({ event }) => event)).toContainEqual({
    type: 'request-refused',
    rule,
    status,
    message: error.message,
  });
});
