/** How many sessions one principal may have. */
import { expect, test } from 'vitest';
import { latest } from './support/client.ts';
import { clockedStore } from './support/clocked-store.ts';
import { expectError, expectMissing } from './support/expect.ts';
import { as, byUser, opened } from './support/principal.ts';
import { serve } from './support/serve.ts';

const minute = 60_000;
const ping = { jsonrpc: '2.0', id: 'p', method: 'ping' };

test('[P11] past maxSessionsPerPrincipal initialize answers 503; others, and nobody, still open theirs', async () => {
  await using server = await serve({ principal: byUser, maxSessionsPerPrincipal: 2 });
  const first = await opened(server, as('alice'));
  await opened(server, as('alice'));
  const refused = await server.initialize({}, as('alice'));
  expectError(refused, 503, -32603, /^Too many sessions: you may have 2 open\. End one with DELETE\.$/, 1);
  expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
  for (const headers of [as('bob'), as('bob'), {}, {}, {}]) {
    expect((await server.initialize({}, headers)).status).toBe(200);
  }
  await server.send({ method: 'DELETE', headers: first });
  expect((await server.initialize({}, as('alice'))).status).toBe(200);
  expect((await server.initialize({}, as('alice'))).status).toBe(503);
});

test("[P11] at a principal's cap its expired sessions and its unused ones go first, and nobody else's", async () => {
  const { clock, backplane } = clockedStore();
  const options = { principal: byUser, maxSessionsPerPrincipal: 1, backplane, sessionIdleTimeoutMs: 10 * minute };
  await using server = await serve(options);
  const unused = async (user: string) => ({
    ...as(user),
    'mcp-session-id': String((await server.initialize({}, as(user))).headers['mcp-session-id']),
  });
  const [bobs, alices] = [await unused('bob'), await unused('alice')];
  clock.now += minute - 1;
  expect((await server.initialize({}, as('alice'))).status).toBe(503);
  clock.now += 1;
  const next = await opened(server, as('alice'));
  expectMissing(await server.send({ body: ping, headers: alices }), 'evicted');
  expect((await server.send({ body: ping, headers: bobs })).status).toBe(200);
  clock.now += 10 * minute - 1;
  expect((await server.initialize({}, as('alice'))).status).toBe(503);
  clock.now += 1;
  expect((await server.initialize({}, as('alice'))).status).toBe(200);
  expectMissing(await server.send({ body: ping, headers: next }), 'expired');
});

test('[P11] whoever is at both caps makes room among its own sessions, or not at all', async () => {
  const { clock, backplane } = clockedStore();
  const { sessions } = backplane;
  const limits = { maxSessions: 2, maxSessionsPerPrincipal: 1, idleTimeoutMs: null };
  const record = (id: string, principal: string) => ({
    ...{ id, principal, origin: null, openedAt: 0, protocolVersion: latest, clientCapabilities: {} },
    ...{ clientInfo: { name: 'c', version: '1' }, logLevel: 'info' as const, subscriptions: [], data: {} },
  });
  await sessions.create(record('b', 'bob'), limits);
  await sessions.create(record('a', 'alice'), limits);
  await sessions.admit('a', { principal: 'alice', origin: null });
  clock.now += minute;
  const full = { kind: 'full', byPrincipal: true, ended: [] };
  expect(await sessions.create(record('a2', 'alice'), limits)).toEqual(full);
  expect(await sessions.create(record('b2', 'bob'), limits)).toEqual({
    kind: 'created',
    ended: [{ id: 'b', reason: 'evicted' }],
  });
});
