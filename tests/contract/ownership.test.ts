/** Whose a session is: the principal that opened it, the page that did, and what `authorizeSession` makes of both. */
import { expect, test } from 'vitest';
import type { RequestHead, SessionView } from '../../playground-server/transport/index.ts';
import type { Answer } from './support/answer.ts';
import { latest, type Parts } from './support/client.ts';
import { clockedStore } from './support/clocked-store.ts';
import { expectError, expectMissing } from './support/expect.ts';
import { testHandler } from './support/handler.ts';
import { as, byUser, opened } from './support/principal.ts';
import { type Served, serve } from './support/serve.ts';
import { store, testInOneProcess } from './support/store.ts';

const minute = 60_000;
const ping = { jsonrpc: '2.0', id: 'p', method: 'ping' };

/** Every verb, and each kind of message, with these headers. */
async function everyVerb(server: Served, headers: Parts['headers']): Promise<Answer[]> {
  return [
    await server.send({ body: ping, headers }),
    await server.send({ body: { jsonrpc: '2.0', method: 'notifications/n' }, headers }),
    await server.send({ body: { jsonrpc: '2.0', id: 1, result: {} }, headers }),
    await server.open({ method: 'GET', headers }),
    await server.open({ method: 'GET', headers: { ...headers, 'last-event-id': '0.0' } }),
    await server.send({ method: 'DELETE', headers }),
  ];
}

async function expectForbidden(answers: Answer[]): Promise<void> {
  for (const answer of answers) {
    const says = /^Forbidden: this session was opened by someone else\. Open your own with initialize\.$/;
    expectError(await answer.done(), 403, -32600, says, answer.json.id);
  }
}

test('[P9] a session of another principal answers 403 on every verb, and is as it was', async () => {
  for (const principal of [byUser, async (request: RequestHead) => byUser(request)]) {
    await using server = await serve({ principal });
    const alice = await opened(server, as('alice'));
    for (const other of [as('bob'), { 'x-user': undefined }, { 'x-user': 'Alice' }]) {
      const answers = await everyVerb(server, { ...alice, ...other });
      await expectForbidden(answers);
      expect(answers[0]?.json.id).toBe('p');
    }
    expect(server.handler.requests).toEqual([]);
    expect(server.handler.notifications).toHaveLength(1);
    const statuses = (await everyVerb(server, alice)).map(({ status }) => status);
    expect(statuses).toEqual([200, 202, 202, 200, 200, 200]);
  }
});

test('[P9] a session that nobody in particular opened is closed to whoever has a name', async () => {
  await using server = await serve({ principal: byUser });
  const session = await server.session();
  expect((await session.send({ body: ping, headers: as('alice') })).status).toBe(403);
  expect((await session.send({ body: ping })).status).toBe(200);
});

test('[P9] another Origin answers 403 where both requests sent one', async () => {
  const allowedOrigins = ['https://a.example', 'https://b.example'];
  await using server = await serve({ allowedOrigins });
  const [a, b] = [{ origin: 'https://a.example' }, { origin: 'https://b.example' }];
  const fromPage = await opened(server, a);
  await expectForbidden(await everyVerb(server, { ...fromPage, ...b }));
  const { origin: _, ...fromNowhere } = fromPage;
  expect((await server.send({ body: ping, headers: fromNowhere })).status).toBe(200);
  expect((await server.send({ body: ping, headers: fromPage })).status).toBe(200);
  const withoutPage = await opened(server, {});
  for (const origin of [a, b]) {
    expect((await server.send({ body: ping, headers: { ...withoutPage, ...origin } })).status).toBe(200);
  }
});

test('[P9] [S1] a request that is refused does not extend the life of the session', async () => {
  const { clock, backplane } = clockedStore();
  await using server = await serve({ principal: byUser, backplane, sessionIdleTimeoutMs: minute });
  const alice = await opened(server, as('alice'));
  clock.now += minute - 1;
  expect((await server.send({ body: ping, headers: { ...alice, ...as('bob') } })).status).toBe(403);
  clock.now += 1;
  expectMissing(await server.send({ body: ping, headers: alice }), 'expired');
});

test('[P9] [P8] only live sessions are forbidden, and an unsupported version is told first', async () => {
  await using server = await serve({ principal: byUser });
  const alice = await opened(server, as('alice'));
  const bob = { ...alice, ...as('bob') };
  const badVersion = await server.send({ body: ping, headers: { ...bob, 'mcp-protocol-version': '1999-01-01' } });
  expectError(badVersion, 400, -32600, /^Unsupported MCP-Protocol-Version/, 'p');
  // initialize opens a session of one's own: an id of someone else's is not worth a word (rule P10).
  const opening = await server.initialize({}, bob);
  expect(opening.status).toBe(200);
  expect(opening.headers['mcp-session-id']).not.toBe(alice['mcp-session-id']);
  expect((await server.initialize({}, alice)).status).toBe(400);
});

test('[P7] why a session is gone is told to the principal that had it, and to nobody else', async () => {
  const { clock, backplane } = clockedStore();
  await using server = await serve({ principal: byUser, backplane, sessionIdleTimeoutMs: minute });
  const [deleted, expired] = [await opened(server, as('alice')), await opened(server, as('alice'))];
  await server.send({ method: 'DELETE', headers: deleted });
  clock.now += minute;
  for (const user of ['bob', '']) {
    for (const gone of [expired, deleted]) {
      expectMissing(await server.send({ body: ping, headers: { ...gone, ...as(user) } }), 'unknown');
    }
  }
  expectMissing(await server.send({ body: ping, headers: expired }), 'expired');
  expectMissing(await server.send({ body: ping, headers: deleted }), 'deleted');
});

test.each([
  ['false', () => false],
  ['a promise of false', async () => false],
  ['nothing', () => undefined as never],
  ['what is not true', () => 'yes' as never],
])('[P9] authorizeSession that gives %s answers 403 on every verb', async (_, authorizeSession) => {
  let authorizes = true;
  await using server = await serve({ authorizeSession: () => authorizes || authorizeSession() });
  const session = await server.session();
  authorizes = false;
  await expectForbidden(await everyVerb(server, session.headers));
  expect(server.handler.requests).toEqual([]);
  authorizes = true;
  expect((await session.send({ body: ping })).status).toBe(200);
});

testInOneProcess('[P9] authorizeSession sees the session and the request, and may take its time', async () => {
  const asked: [SessionView, string | undefined, unknown][] = [];
  const authorizeSession = async (session: SessionView, request: RequestHead) => {
    asked.push([session, request.header('x-token'), request.raw]);
    return request.header('x-token') === session.data.token;
  };
  const handler = testHandler({
    keep: async (_, { session }) => {
      await session.set('token', 'secret');
      return {};
    },
  });
  await using server = await serve({ handler, authorizeSession, principal: () => 'alice' });
  const session = await server.session();
  await session.answer('keep');
  expect((await session.send({ body: ping })).status).toBe(403);
  expect((await session.send({ body: ping, headers: { 'x-token': 'secret' } })).status).toBe(200);
  const [view, token, raw] = asked.at(-1) ?? [];
  expect([view?.id, view?.principal, view?.protocolVersion, view?.clientInfo.name, token]).toEqual([
    session.id,
    'alice',
    latest,
    'contract',
    'secret',
  ]);
  expect(raw).toMatchObject({ headers: expect.anything() });
  // Sessions that are not there are not asked about.
  const before = asked.length;
  expectMissing(await server.send({ body: ping, headers: { 'mcp-session-id': 'gone' } }), 'unknown');
  expect(asked).toHaveLength(before);
});

test.each(['throws', 'rejects'])(
  '[P9] [X4] an authorizeSession or principal that %s answers 500, without its text',
  async (how) => {
    let fails = false;
    const failing = () => {
      if (!fails) return true;
      if (how === 'throws') throw new Error('secret text');
      return Promise.reject(new Error('secret text'));
    };
    const statuses: number[] = [];
    for (const options of [{ authorizeSession: failing }, { principal: () => failing() as never }]) {
      fails = false;
      await using server = await serve(options);
      const session = await server.session();
      fails = true;
      for (const answer of await everyVerb(server, session.headers)) {
        statuses.push(answer.status);
        expect((await answer.done()).text).not.toContain('secret');
      }
    }
    expect(new Set(statuses)).toEqual(new Set([500]));
  },
);

test('[P9] principal may refuse: 401 with its WWW-Authenticate, before anything else', async () => {
  const challenge = 'Bearer resource_metadata="https://as.example/.well-known/x"';
  const principal = (request: RequestHead) =>
    request.header('authorization') === 'Bearer good' ? 'alice' : { unauthorized: challenge };
  await using server = await serve({ principal, allowedOrigins: ['https://app.example'] });
  const good = { authorization: 'Bearer good' };
  const requests: Parts[] = [
    { body: ping },
    { body: '{', headers: { accept: undefined, 'content-type': 'text/plain' } },
    { method: 'GET' },
    { method: 'DELETE' },
    { method: 'PUT' },
    { body: ping, headers: { 'mcp-protocol-version': '2026-07-28' } },
  ];
  for (const parts of requests) {
    const answer = await server.send(parts);
    expectError(answer, 401, -32600, /^Unauthorized: see WWW-Authenticate\.$/);
    expect(answer.headers['www-authenticate']).toBe(challenge);
  }
  // The guards come first (rules G1 to G3): a preflight has no credentials, and another host is no matter of who asks.
  expect((await server.send({ body: ping, headers: { host: 'evil.example' } })).status).toBe(403);
  const origin = { origin: 'https://app.example', 'access-control-request-method': 'POST' };
  expect((await server.send({ method: 'OPTIONS', headers: origin })).status).toBe(204);
  const fromPage = await server.send({ body: ping, headers: { origin: 'https://app.example' } });
  expect(fromPage.headers['access-control-expose-headers']).toContain('WWW-Authenticate');
  const session = await opened(server, good);
  expect((await server.send({ body: ping, headers: session })).status).toBe(200);
});

test('[P9] a handler is told who calls, also of a notification', async () => {
  const told: (string | null)[] = [];
  const handler = testHandler({
    who: (_, { principal }) => {
      told.push(principal);
      return {};
    },
  });
  handler.notification = (_, { principal }) => void told.push(principal);
  await using server = await serve({ handler, principal: byUser });
  for (const headers of [await opened(server, as('alice')), await opened(server, {})]) {
    await server.send({ body: { jsonrpc: '2.0', id: 1, method: 'who' }, headers });
  }
  expect(told).toEqual(['alice', null, 'alice', null]);
});

test('[P9] the principal and the origin stand in the record that a store keeps', async () => {
  const backplane = store();
  await using server = await serve({ backplane, principal: byUser, allowedOrigins: ['https://a.example'] });
  const asker = { principal: 'alice', origin: 'https://a.example' };
  const { 'mcp-session-id': id } = await opened(server, { ...as('alice'), origin: asker.origin });
  expect(await backplane.sessions.admit(String(id), asker)).toMatchObject({ kind: 'live', record: asker });
});

test('[P9] a principal may take `header` out of the request that it is given', async () => {
  await using server = await serve({ principal: ({ header }) => header('authorization') ?? null });
  const answer = await server.initialize({}, { authorization: 'Bearer anna' });
  const id = answer.headers['mcp-session-id'] as string;
  const ping = { body: { jsonrpc: '2.0', id: 1, method: 'ping' } };
  expect((await server.send({ ...ping, headers: { 'mcp-session-id': id } })).status).toBe(403);
  const own = { 'mcp-session-id': id, authorization: 'Bearer anna' };
  expect((await server.send({ ...ping, headers: own })).status).toBe(200);
});
