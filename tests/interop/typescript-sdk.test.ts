import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningServer, startServer } from '../setup/server.ts';
import { until } from '../setup/until.ts';
import { type Connect, connectClient1, connectClient2 } from './official-clients.ts';

let server: RunningServer;
let endpoint: string;
beforeAll(async () => {
  server = await startServer();
  endpoint = `${server.origin}/mcp`;
});
afterAll(() => server.stop());

const clients: [string, Connect][] = [
  ['@modelcontextprotocol/sdk 1.x', connectClient1],
  ['@modelcontextprotocol/client 2.x', connectClient2],
];

describe.each(clients)('%s with default options', (_name, connect) => {
  test('opens a session and lists the tools', async () => {
    await using client = await connect(endpoint);
    expect(client.sessionId).toMatch(/^[\x21-\x7e]{1,256}$/);
    expect(client.protocolVersion).toBe('2025-11-25');
    expect(await client.listTools()).toEqual(
      expect.arrayContaining(['whoami', 'count', 'remember', 'recall', 'slow', 'announce', 'chatter']),
    );
    expect(client.errors).toEqual([]);
  });

  test('what one call remembers in the session, the next recalls', async () => {
    await using client = await connect(endpoint);
    await client.callTool('remember', { key: 'colour', value: 'ultramarine' });
    expect(await client.callTool('recall', { key: 'colour' })).toContain('ultramarine');
    await using other = await connect(endpoint);
    expect(await other.callTool('recall', { key: 'colour' })).not.toContain('ultramarine');
  });

  test('has all progress of count, in order, before its result', async () => {
    await using client = await connect(endpoint);
    const steps: number[] = [];
    await client.callTool('count', { to: 4, everyMs: 50 }, (done) => steps.push(done));
    expect(steps).toEqual([1, 2, 3, 4]);
  });

  test('hears on its GET stream what another session announces', async () => {
    // It calls nothing itself, so no POST stream of its own could carry the notification.
    await using listener = await connect(endpoint);
    let heard = 0;
    listener.onToolsChanged(() => {
      heard += 1;
    });
    await using announcer = await connect(endpoint);
    await announcer.callTool('announce');
    await until('the announcement', () => heard > 0);
    expect(heard).toBe(1);
    expect(listener.errors).toEqual([]);
  });

  test('ends its session: afterwards the id answers 404', async () => {
    await using client = await connect(endpoint);
    const id = client.sessionId;
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

test('client 2.x that probes for the modern era first falls back to initialize', async () => {
  await using client = await connectClient2(endpoint, { versionNegotiation: { mode: 'auto' } });
  expect(client.sessionId).toBeTruthy();
  expect(client.protocolVersion).toBe('2025-11-25');
  expect(await client.listTools()).toContain('count');
});
