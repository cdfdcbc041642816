import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { maskSessionId } from '../../playground-server/transport/trace.ts';
import { checklistOf, clientsOf } from '../../src/playground/model/checklist.ts';
import { type LocalServer, localServer, TestLab } from '../lab/local-server.ts';

let server: LocalServer;
beforeAll(async () => {
  server = await localServer();
});
afterAll(() => server.stop());

/** Headers of a client that says who it is. */
const as = (client: string, headers: Record<string, string> = {}) => ({
  'User-Agent': `${client}/1.0`,
  'Content-Type': 'application/json',
  Accept: 'application/json, text/event-stream',
  ...headers,
});

async function verdicts(lab: TestLab, client: string): Promise<Record<string, string>> {
  const { events } = await lab.poll();
  return Object.fromEntries(checklistOf(events, client).map(({ id, verdict }) => [id, verdict]));
}

test('the official client shows up by its name, and is judged right in all that it had a chance to show', async () => {
  await using lab = await TestLab.create(server.origin);
  const transport = new StreamableHTTPClientTransport(new URL(lab.endpoint), {
    requestInit: { headers: { 'User-Agent': 'official/1.32' } },
  });
  const client = new Client({ name: 'official', version: '1' });
  await client.connect(transport);
  const stream = await lab.wireUntil('its GET stream', ({ body }) => body.type === 'stream-attached');
  expect(stream.length).toBeGreaterThan(0);
  const called = client.callTool({ name: 'count', arguments: { to: 4, everyMs: 150 } });
  await lab.wireUntil('its call', ({ body, stream }) => body.type === 'event-written' && stream === '1');
  const cut = await lab.api('/faults', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ kind: 'drop-connection', stream: '1' }),
  });
  expect(await cut.json()).toMatchObject({ dropped: 1 });
  expect(await called).toMatchObject({ content: [{ text: 'Counted to 4' }] });
  await transport.terminateSession();
  await client.close();
  await lab.wireUntil('its DELETE', ({ body }) => body.type === 'session-ended');
  expect(clientsOf((await lab.poll()).events)).toEqual(['official']);
  expect(await verdicts(lab, 'official')).toEqual({
    accept: 'right',
    version: 'right',
    initialized: 'right',
    reopens: 'unseen',
    resumes: 'right',
    ends: 'right',
  });
});

test('a client that ignores 404, forgets the version and one of the types, and never resumes, is told so', async () => {
  await using lab = await TestLab.create(server.origin);
  const post = (message: object, headers: Record<string, string> = {}) =>
    fetch(lab.endpoint, { method: 'POST', headers: as('careless', headers), body: JSON.stringify(message) });
  const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'careless', version: '1' } };
  const opened = await post({ jsonrpc: '2.0', id: 1, method: 'initialize', params });
  const session = { 'Mcp-Session-Id': opened.headers.get('mcp-session-id') ?? '' };
  await opened.text();
  await (await post({ jsonrpc: '2.0', id: 2, method: 'tools/list' }, session)).text();
  const call = { jsonrpc: '2.0', id: 3, method: 'tools/call', params: { name: 'slow', arguments: { ms: 30_000 } } };
  const slow = await post(call, session);
  const broken = slow.text().catch(() => 'broken');
  await lab.wireUntil('its stream', ({ body, stream }) => body.type === 'event-written' && stream === '2');
  const inject = (fault: object) =>
    lab.api('/faults', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(fault),
    });
  await inject({ kind: 'drop-connection', stream: '2', session: maskSessionId(session['Mcp-Session-Id']) });
  expect(await broken).toBe('broken');
  await inject({ kind: 'expire-session', id: session['Mcp-Session-Id'] });
  await lab.wireUntil('the end of its session', ({ body }) => body.type === 'session-ended');
  for (let id = 4; id < 7; id++) {
    const answer = await post({ jsonrpc: '2.0', id, method: 'tools/list' }, session);
    expect(answer.status).toBe(404);
    await answer.text();
  }
  await (
    await post({ jsonrpc: '2.0', id: 9, method: 'tools/list' }, { ...session, Accept: 'application/json' })
  ).text();
  await lab.wireOf(7);
  expect(await verdicts(lab, 'careless')).toEqual({
    accept: 'wrong',
    version: 'wrong',
    initialized: 'wrong',
    reopens: 'wrong',
    resumes: 'wrong',
    ends: 'unseen',
  });
});

test('a GET stream that ended with the session is no broken one', async () => {
  await using lab = await TestLab.create(server.origin);
  const requestInit = { headers: { 'User-Agent': 'tidy/1.0' } };
  const transport = new StreamableHTTPClientTransport(new URL(lab.endpoint), { requestInit });
  const client = new Client({ name: 'tidy', version: '1' });
  await client.connect(transport);
  await lab.wireUntil('its GET stream', ({ body }) => body.type === 'event-written' && body.kind === 'prime');
  await transport.terminateSession();
  await client.close();
  await lab.wireUntil('its end', ({ stream, body }) => stream === '0' && body.type === 'connection-closed');
  expect(await verdicts(lab, 'tidy')).toMatchObject({ resumes: 'unseen', ends: 'right' });
});
