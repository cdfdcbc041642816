import { expect, test } from 'vitest';
import { initializeRequest, latest, type Parts } from './support/client.ts';
import { expectError } from './support/expect.ts';
import { testHandler } from './support/handler.ts';
import { modern, modernRequest, versionKey } from './support/modern.ts';
import { serve } from './support/serve.ts';

const initialize = (headers: Parts['headers'] = {}): Parts => ({ body: initializeRequest(), headers });

test('[G5] a body with the _meta version key is modern, whatever its headers', async () => {
  await using server = await serve();
  const session = await server.session();
  for (const sessionId of [undefined, session.id, 'unknown']) {
    const headers = { 'mcp-session-id': sessionId };
    const served = await server.send(modernRequest('echo', { id: 'm', headers }));
    expect([served.status, served.json.result.resultType]).toEqual([200, 'complete']);
    // The session that opened with initialize is none of the modern era's.
    expectError(await server.send(modernRequest('initialize', { headers })), 404, -32601, /"initialize"/, 1);
    // The other era's header does not make it the other era's.
    for (const version of [undefined, latest]) {
      const contradicted = { ...headers, 'mcp-protocol-version': version };
      const answer = await server.send(modernRequest('echo', { id: 'm', headers: contradicted }));
      expectError(answer, 400, -32020, /MCP-Protocol-Version/, 'm');
    }
    // Nor does a version that is no version.
    const odd = await server.send(modernRequest('echo', { meta: { [versionKey]: null }, headers }));
    expectError(odd, 400, -32602, /protocolVersion" must be a string/, 1);
  }
  const notification = { jsonrpc: '2.0', method: 'notifications/x', params: { _meta: { [versionKey]: modern } } };
  expect((await server.send({ body: notification, headers: session.headers })).status).toBe(202);
  expect(server.handler.notifications.map(({ method }) => method)).toEqual(['notifications/initialized']);
});

test('[G5] without that key a modern or unknown version without session id is modern, initialize is not', async () => {
  await using server = await serve();
  const session = await server.session();
  const ping = { jsonrpc: '2.0', id: 1, method: 'ping' };
  for (const [version, code] of [
    [modern, -32602],
    ['2030-01-01', -32022],
    ['nonsense', -32022],
  ] as const) {
    const headers = { 'mcp-protocol-version': version };
    for (const body of [ping, { ...ping, params: { _meta: { progressToken: 1 } } }]) {
      const answer = await server.send({ body, headers });
      expect([answer.status, answer.json.id, answer.json.error.code]).toEqual([400, 1, code]);
    }
    // An empty session id names no session.
    expect((await server.send({ body: ping, headers: { ...headers, 'mcp-session-id': '' } })).json.error.code).toBe(
      code,
    );
    // With a session id it is a request of the handshake era that names a version we do not speak (P8).
    const handshake = await session.send({ body: ping, headers });
    expect(handshake.json.error.message).toMatch(/^Unsupported MCP-Protocol-Version/);
    expect((await server.send({ body: initializeRequest(), headers })).status).toBe(200);
  }
});

test('[G5] both eras are served on one endpoint, one beside the other, by one handler', async () => {
  const sessions: unknown[] = [];
  const handler = testHandler({
    'x/where': (_, { session, protocolVersion }) => {
      sessions.push([session?.id, protocolVersion]);
      return {};
    },
    'x/announce': (_, context) => {
      context.broadcast('notifications/tools/list_changed');
      return {};
    },
  });
  await using server = await serve({ handler });
  const session = await server.session();
  const get = await session.get();
  for (let round = 0; round < 2; round++) {
    expect((await session.answer('x/where', {}, 1)).messages).toEqual([{ jsonrpc: '2.0', id: 1, result: {} }]);
    expect((await server.send(modernRequest('x/where', { id: 1 }))).json.result.resultType).toBe('complete');
  }
  const [old, now] = [
    [session.id, latest],
    [undefined, modern],
  ];
  expect(sessions).toEqual([old, now, old, now]);
  // What one era causes, the other hears of.
  await server.send(modernRequest('x/announce'));
  expect((await get.received(1)).messages).toEqual([{ jsonrpc: '2.0', method: 'notifications/tools/list_changed' }]);
  // A modern request opens nothing that stays.
  expect(server.transport.inspect().sessions).toHaveLength(1);
});

test('[G5] a stateless server serves both eras, too', async () => {
  await using server = await serve({ stateless: true });
  const handshake = await server.send({ body: { jsonrpc: '2.0', id: 1, method: 'echo' } });
  expect(handshake.messages).toEqual([{ jsonrpc: '2.0', id: 1, result: {} }]);
  expect((await server.send(modernRequest('echo'))).json.result.resultType).toBe('complete');
});

test('[G5] all else, and the version 2024-11-05, is the handshake era', async () => {
  await using server = await serve();
  for (const version of [undefined, '2024-11-05', '2025-03-26', '2025-11-25']) {
    const headers = { 'mcp-protocol-version': version };
    const answer = await server.send({ body: { jsonrpc: '2.0', id: 1, method: 'ping' }, headers });
    expect(answer.json.error.message, String(version)).toMatch(/^Missing session ID/);
    expect((await server.send({ method: 'GET', headers })).json.error.message).toMatch(/^Missing session ID/);
  }
  const lookalike = { jsonrpc: '2.0', id: 1, method: 'ping', params: { _meta: { progressToken: 1 } } };
  expect((await server.send({ body: lookalike })).json.error.message).toMatch(/^Missing session ID/);
});

test('[G5] GET and DELETE with a modern version and no session id answer 405', async () => {
  await using server = await serve();
  for (const method of ['GET', 'DELETE']) {
    const answer = await server.send({ method, headers: { 'mcp-protocol-version': '2026-07-28' } });
    expectError(answer, 405, -32600, new RegExp(`2026-07-28.*${method}.*Use POST`));
    expect(answer.headers.allow).toContain('POST');
  }
});

test('[G6] the id is echoed whenever one was parsed, strings and numbers as they are, and absent otherwise', async () => {
  await using server = await serve();
  for (const id of [0, -7, 1, '1', '', 'ä\u2028', Number.MAX_SAFE_INTEGER]) {
    const answer = await server.send({ body: { jsonrpc: '2.0', id, method: 'ping' } });
    expect(answer.json).toEqual({ jsonrpc: '2.0', id, error: { code: -32600, message: expect.any(String) } });
  }
  for (const id of [null, 1.5, 2 ** 53, true, {}, []]) {
    const answer = await server.send({ body: { jsonrpc: '2.0', id, method: 'ping' } });
    expect(answer.json, String(id)).toEqual({ jsonrpc: '2.0', error: { code: -32600, message: expect.any(String) } });
  }
});

test('[G6] what a client sent stands in a message quoted, on one line and shortened', async () => {
  await using server = await serve();
  const { message } = (await server.send(initialize({ host: `${'h'.repeat(500)}"{allowed}` }))).json.error;
  expect(message.length).toBeLessThan(300);
  expect(message).toContain(`"${'h'.repeat(80)}…"`);
  const session = await server.session();
  const braces = await session.send({ method: 'GET', headers: { 'mcp-protocol-version': '{supported}"' } });
  expect(braces.json.error.message).toContain('"{supported}\\""');
});
