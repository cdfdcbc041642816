import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningServer, startServer } from '../setup/server.ts';
import { allClients, connectClient2, connectModern, handshakeClients } from './official-clients.ts';

let server: RunningServer;
let endpoint: string;
beforeAll(async () => {
  server = await startServer();
  endpoint = `${server.origin}/mcp`;
});
afterAll(() => server.stop());

describe.each(handshakeClients)('%s with default options', (_name, connect) => {
  test('opens a session', async () => {
    await using client = await connect(endpoint);
    expect(client.sessionId).toMatch(/^[\x21-\x7e]{1,256}$/);
    expect(client.protocolVersion).toBe('2025-11-25');
    expect(await client.callTool('whoami')).toMatch(/handshake era 2025-11-25$/);
  });

  test('what one call remembers in the session, the next recalls', async () => {
    await using client = await connect(endpoint);
    await client.callTool('remember', { key: 'colour', value: 'ultramarine' });
    expect(await client.callTool('recall', { key: 'colour' })).toContain('ultramarine');
    await using other = await connect(endpoint);
    expect(await other.callTool('recall', { key: 'colour' })).not.toContain('ultramarine');
  });

  test('ends its session: afterwards the id answers 404', async () => {
    await using client = await connect(endpoint);
    const id = client.sessionId as string;
    await client.terminate();
    const response = await fetch(endpoint, {
      method: 'POST',
      headers: {
        accept: 'application/json, text/event-stream',
        'content-type': 'application/json',
        'mcp-session-id': id,
        'mcp-protocol-version': '2025-11-25',
      },
      body: JSON.stringify({ jsonrpc: '2.0', id: 7, method: 'tools/list' }),
    });
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ jsonrpc: '2.0', id: 7, error: { code: -32001 } });
  });
});

describe.each(allClients)('%s', (_name, connect) => {
  test('lists the tools', async () => {
    await using client = await connect(endpoint);
    expect(await client.listTools()).toEqual(
      'whoami count remember recall ask think slow announce chatter hang_up'.split(' '),
    );
    expect(client.errors).toEqual([]);
  });

  test('has the arguments of a prompt completed', async () => {
    await using client = await connect(endpoint);
    expect(await client.complete('explain', 'error', 'sessionN')).toEqual(['sessionNotFound']);
  });
});

test('client 2.x, asked for the modern era, needs no session', async () => {
  await using client = await connectModern(endpoint);
  expect([client.sessionId, client.protocolVersion]).toEqual([undefined, '2026-07-28']);
  expect(await client.callTool('whoami')).toMatch(/no session, modern era 2026-07-28$/);
});

test('client 2.x that probes finds the modern era', async () => {
  await using client = await connectClient2(endpoint, {}, { versionNegotiation: { mode: 'auto' } });
  expect([client.client.getProtocolEra(), client.sessionId]).toEqual(['modern', undefined]);
  expect(await client.callTool('whoami')).toMatch(/modern era 2026-07-28$/);
});
