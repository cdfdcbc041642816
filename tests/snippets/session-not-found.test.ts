import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LabCreated } from '../../playground-server/lab/api.ts';
import { type RunningServer, startServer } from '../setup/server.ts';
import { normalise, recorded, runSnippet } from './run-snippet.ts';

let server: RunningServer;

beforeAll(async () => {
  server = await startServer();
});
afterAll(async () => {
  await server?.stop();
});

async function lab(deployment: string): Promise<string> {
  const response = await fetch(`${server.origin}/api/labs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ deployment }),
  });
  expect(response.status).toBe(201);
  return ((await response.json()) as LabCreated).endpoint;
}

describe('the two commands that tell which cause it is', () => {
  test('one process: 20 calls, 20 answers', async () => {
    const output = await runSnippet('session-not-found/count.sh', { endpoint: await lab('single') });
    expect(output).toMatch(/^session \S{8,}\n +20 200\n$/);
  });

  test('four processes: one call in four is answered, as the page shows', async () => {
    const output = await runSnippet('session-not-found/count.sh', { endpoint: await lab('forked') });
    expect(output).toMatch(/^session \S{8,}\n +5 200\n +15 404\n$/);
    expect(normalise(output)).toBe(normalise(recorded('session-not-found/count', output)));
  });
});

describe('what the page says of this site', () => {
  const headers = { accept: 'application/json, text/event-stream', 'content-type': 'application/json' };
  const ask = (id: string) =>
    fetch(`${server.origin}/mcp`, {
      method: 'POST',
      headers: { ...headers, 'mcp-session-id': id },
      body: JSON.stringify({ jsonrpc: '2.0', id: 2, method: 'tools/list' }),
    });
  const open = async (more: Record<string, string> = {}) => {
    const response = await fetch(`${server.origin}/mcp`, {
      method: 'POST',
      headers: { ...headers, ...more },
      body: JSON.stringify({
        jsonrpc: '2.0',
        id: 1,
        method: 'initialize',
        params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } },
      }),
    });
    await response.body?.cancel();
    return { status: response.status, id: response.headers.get('mcp-session-id') ?? '' };
  };

  test('404 with code -32001, and the reason of a deleted session', async () => {
    const { id } = await open();
    await fetch(`${server.origin}/mcp`, { method: 'DELETE', headers: { 'mcp-session-id': id } });
    const response = await ask(id);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ error: { code: -32001, data: { reason: 'deleted' } } });
  });

  test('a client’s own id is never adopted', async () => {
    const { status, id } = await open({ 'mcp-session-id': 'an-id-of-my-own' });
    expect(status).toBe(200);
    expect(id).not.toBe('an-id-of-my-own');
    expect((await ask('an-id-of-my-own')).status).toBe(404);
  });

  test('initialize inside a session that lives is refused with 400', async () => {
    const { id } = await open();
    expect((await open({ 'mcp-session-id': id })).status).toBe(400);
  });
});
