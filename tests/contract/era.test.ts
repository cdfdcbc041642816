import { expect, test } from 'vitest';
import { initializeRequest, type Parts } from './support/client.ts';
import { expectError } from './support/expect.ts';
import { serve } from './support/serve.ts';

const initialize = (headers: Parts['headers'] = {}): Parts => ({ body: initializeRequest(), headers });

const modernKey = 'io.modelcontextprotocol/protocolVersion';
const modernRequest = (method: string) => ({
  jsonrpc: '2.0',
  id: 'm',
  method,
  params: { _meta: { [modernKey]: '2026-07-28' } },
});

test('[G5] a body with the _meta version key is modern, whatever its headers', async () => {
  await using server = await serve();
  const session = await server.session();
  for (const method of ['tools/list', 'initialize', 'server/discover']) {
    for (const headers of [{}, session.headers, { 'mcp-protocol-version': '2025-11-25' }]) {
      const answer = await server.send({ body: modernRequest(method), headers });
      expect(answer.status).toBe(400);
      expect(answer.json).toMatchObject({
        id: 'm',
        error: { code: -32600, message: expect.stringContaining('initialize') },
      });
      expect(answer.json.error.data).toEqual({ supported: ['2025-11-25', '2025-06-18', '2025-03-26'] });
    }
  }
  const { id: _, ...notification } = modernRequest('notifications/x');
  const answer = await server.send({ body: notification, headers: session.headers });
  expect([answer.status, 'id' in answer.json]).toEqual([400, false]);
  expect(server.handler.requests).toEqual([]);
});

test('[G5] without that key a modern or unknown version without session id is modern, initialize is not', async () => {
  await using server = await serve();
  const session = await server.session();
  const ping = { jsonrpc: '2.0', id: 1, method: 'ping' };
  for (const version of ['2026-07-28', '2030-01-01', 'nonsense']) {
    const headers = { 'mcp-protocol-version': version };
    const modern = await server.send({ body: ping, headers });
    expect([modern.status, modern.json.id]).toEqual([400, 1]);
    expect(modern.json.error.message).toMatch(/^This server speaks 2025-11-25, .*initialize/);
    // With a session id it is a request of the handshake era that names a version we do not speak (P8).
    const handshake = await session.send({ body: ping, headers });
    expect(handshake.json.error.message).toMatch(/^Unsupported MCP-Protocol-Version/);
    expect((await server.send({ body: initializeRequest(), headers })).status).toBe(200);
  }
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
