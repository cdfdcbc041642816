import { expect, test } from 'vitest';
import { initializeRequest, latest } from './support/client.ts';
import { expectError } from './support/expect.ts';
import { testHandler } from './support/handler.ts';
import { serve } from './support/serve.ts';

test('[P10] initialize answers one JSON object with the negotiated version and a session id', async () => {
  await using server = await serve();
  for (const [asked, given] of [
    ['2025-11-25', '2025-11-25'],
    ['2025-06-18', '2025-06-18'],
    ['2025-03-26', '2025-03-26'],
    ['2024-11-05', '2025-11-25'],
    ['2026-07-28', '2025-11-25'],
    ['', '2025-11-25'],
  ]) {
    const answer = await server.initialize({ protocolVersion: asked });
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toBe('application/json');
    expect(answer.headers['mcp-session-id']).toMatch(/^[\x21-\x7e]{22,256}$/);
    expect(answer.json).toEqual({
      jsonrpc: '2.0',
      id: 1,
      result: { protocolVersion: given, capabilities: { tools: {} }, serverInfo: { name: 'contract', version: '1' } },
    });
  }
});

test('[P10] what a server has to say of itself stands in the answer, where it says something', async () => {
  const handler = testHandler();
  const description = { ...handler.describe(), instructions: 'Call echo first.' };
  handler.describe = () => description;
  await using server = await serve({ handler });
  expect((await server.initialize()).json.result).toEqual({ protocolVersion: latest, ...description });
});

test.each([
  [{ protocolVersion: undefined }, /protocolVersion must be a string/],
  [{ protocolVersion: 20251125 }, /protocolVersion must be a string/],
  [{ capabilities: undefined }, /capabilities must be an object/],
  [{ capabilities: [] }, /capabilities must be an object/],
  [{ clientInfo: 'me' }, /clientInfo must be an object/],
  [{ clientInfo: { version: '1' } }, /clientInfo\.name must be a string/],
  [{ clientInfo: { name: 'me', version: 1 } }, /clientInfo\.version must be a string/],
])(
  '[P10] initialize with %j is HTTP 200 with -32602, no session header and nothing left behind',
  async (over, says) => {
    await using server = await serve({ maxSessions: 1 });
    const answer = await server.initialize(over);
    expectError(answer, 200, -32602, new RegExp(`^Invalid initialize params: ${says.source}`), 1);
    expect(answer.headers['mcp-session-id']).toBeUndefined();
    expect(server.transport.inspect().sessions).toEqual([]);
    expect((await server.initialize()).status).toBe(200);
  },
);

test('[P10] initialize without params says what to send', async () => {
  await using server = await serve();
  const answer = await server.send({ body: { jsonrpc: '2.0', id: 1, method: 'initialize' } });
  expectError(answer, 200, -32602, /params are missing; send protocolVersion, capabilities and clientInfo/, 1);
});

test('[P10] an id supplied by the client is never adopted; with a live session initialize answers 400', async () => {
  await using server = await serve();
  const session = await server.session();
  const fresh = await server.initialize({}, { 'mcp-session-id': 'my-own-id' });
  expect(fresh.status).toBe(200);
  expect(fresh.headers['mcp-session-id']).not.toBe('my-own-id');
  const again = await server.initialize({}, { 'mcp-session-id': session.id });
  expectError(again, 400, -32600, /^Already initialized: .*leave out the Mcp-Session-Id header/, 1);
  expect(again.headers['mcp-session-id']).toBeUndefined();
  await session.delete();
  expect((await server.initialize({}, { 'mcp-session-id': session.id })).status).toBe(200);
});

test('[P10] clientInfo and capabilities are kept, and may have 64 Ki characters together', async () => {
  await using server = await serve();
  const capabilities = { experimental: { note: 'kept' } };
  const icons = (length: number) => ({ name: 'c', version: '1', icons: 'x'.repeat(length) });
  const room = 64 * 1024 - JSON.stringify(capabilities).length - JSON.stringify(icons(0)).length;
  expect((await server.initialize({ clientInfo: icons(room), capabilities })).headers['mcp-session-id']).toBeDefined();
  const refused = await server.initialize({ clientInfo: icons(room + 1), capabilities });
  expectError(refused, 200, -32602, /clientInfo and capabilities may have 65536 characters together\.$/, 1);
  expect(refused.headers['mcp-session-id']).toBeUndefined();
  const large = { ...capabilities, sampling: { note: 'x'.repeat(room) } };
  expect((await server.initialize({ capabilities: large })).headers['mcp-session-id']).toBeUndefined();
  expect(server.transport.inspect().sessions).toHaveLength(1);
});

test('[P10] initialize as a notification opens nothing', async () => {
  await using server = await serve();
  const { id: _, ...notification } = initializeRequest();
  expect((await server.send({ body: notification })).status).toBe(400);
  expect(server.transport.inspect().sessions).toEqual([]);
});
