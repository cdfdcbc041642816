import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { optionTable } from '../../playground-server/transport/option-table.ts';
import { type RunningServer, startServer } from '../setup/server.ts';
import { until } from '../setup/until.ts';
import { openSession, outputsOf } from './page-outputs.ts';
import { runSnippet, startSnippet } from './run-snippet.ts';

const topic = 'the-transport';
let server: RunningServer;
let endpoint: string;

beforeAll(async () => {
  server = await startServer();
  endpoint = `${server.origin}/mcp`;
});
afterAll(async () => {
  await server?.stop();
});

const matchesThePage = outputsOf(topic);

const open = () => openSession(endpoint);

/**
 * Runs a snippet until its output holds a whole event with `text`, and cuts its connection, as Ctrl-C does.
 * @returns the output up to that event: on a slow machine more may have come
 */
async function cutAfter(name: string, text: string, session?: string): Promise<string> {
  await using running = startSnippet(name, { endpoint, ...(session === undefined ? {} : { session }) });
  return await until(text, () => {
    const output = running.output();
    const at = output.indexOf(text);
    const end = at < 0 ? -1 : output.indexOf('\n\n', at);
    return end > 0 && output.slice(0, end + 2);
  });
}

describe('the handshake era', () => {
  test('a call whose connection is cut goes on, and GET with Last-Event-ID brings the rest of its stream', async () => {
    const session = await open();
    const begun = await cutAfter(`${topic}/call.sh`, 'notifications/progress', session);
    matchesThePage('call', begun);
    const lastEventId = /^id: (\S+)\n(?=data: \{)/m.exec(begun)?.[1] ?? '';
    expect(lastEventId).toMatch(/^\d+\.1$/);
    const rest = await runSnippet(`${topic}/resume.sh`, { endpoint, session, lastEventId });
    // What was read is not sent again, and nothing is left out.
    expect([...rest.matchAll(/"progress":(\d)/g)].map(([, step]) => step)).toEqual(['2', '3']);
    expect(rest).toMatch(/"id":2,"result"[^\n]*\n\n$/);
    matchesThePage('resume', rest);
  });
});

describe('the modern era', () => {
  test('discover: one JSON object, and nothing came before it', async () => {
    const output = await runSnippet(`${topic}/discover.sh`, { endpoint });
    expect(output).toMatch(/^HTTP\/1\.1 200 OK\n/);
    expect(output).toMatch(/^content-type: application\/json$/m);
    expect(output).toContain('"supportedVersions":["2026-07-28"]');
    expect(output).not.toMatch(/^mcp-session-id:/im);
    matchesThePage('discover', output);
  });

  test('call: a stream without event ids that ends with the result', async () => {
    const output = await runSnippet(`${topic}/modern-call.sh`, { endpoint });
    expect(output).toMatch(/^content-type: text\/event-stream$/m);
    expect(output.match(/notifications\/progress/g)).toHaveLength(3);
    expect(output).not.toMatch(/^id:/m);
    expect(output).toMatch(/"id":2,"result":\{[^\n]*"resultType":"complete"[^\n]*\n\n$/);
    matchesThePage('modern-call', output);
  });

  test('listen: what is honoured comes first, then what changes', async () => {
    const output = await cutAfter(`${topic}/modern-listen.sh`, 'notifications/resources/updated');
    const methods = [...output.matchAll(/"method":"([^"]+)"/g)].map(([, method]) => method);
    expect(methods).toEqual(['notifications/subscriptions/acknowledged', 'notifications/resources/updated']);
    expect(output.match(/"io\.modelcontextprotocol\/subscriptionId":3/g)).toHaveLength(2);
    matchesThePage('modern-listen', output);
  });
});

describe('what the page says beside the snippets', () => {
  const accept = 'application/json, text/event-stream';
  const both = { accept, 'content-type': 'application/json' };
  const send = async (method: string, headers: Record<string, string>, body?: object) => {
    const init = { method, headers, ...(body && { body: JSON.stringify({ jsonrpc: '2.0', ...body }) }) };
    const response = await fetch(endpoint, init);
    const text = response.headers.get('content-type') === 'application/json' ? await response.text() : '';
    await response.body?.cancel().catch(() => {});
    const { error } = JSON.parse(text || '{}') as { error?: { code: number } };
    return { status: response.status, code: error?.code };
  };
  const meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientCapabilities': {},
  };
  const modern = (method: string, version = '2026-07-28') => ({
    ...both,
    'mcp-protocol-version': version,
    'mcp-method': method,
  });
  const list = { id: 1, method: 'tools/list' };

  test('the statuses of the handshake era', async () => {
    const session = { 'mcp-session-id': await open() };
    expect(await send('POST', both, list)).toEqual({ status: 400, code: -32600 });
    const unknown = { ...both, 'mcp-session-id': 'never-opened' };
    expect(await send('POST', unknown, list)).toEqual({ status: 404, code: -32001 });
    const version = { ...both, ...session, 'mcp-protocol-version': '1999-01-01' };
    expect((await send('POST', version, list)).status).toBe(400);
    expect((await send('POST', { ...both, ...session, accept: 'application/json' }, list)).status).toBe(406);
    expect((await send('GET', { ...session, accept: 'application/json' })).status).toBe(406);
    expect((await send('POST', { ...both, ...session, 'content-type': 'text/plain' }, list)).status).toBe(415);
    expect((await send('POST', { ...both, ...session, origin: 'https://elsewhere.example' }, list)).status).toBe(403);
    expect((await send('PUT', session)).status).toBe(405);
    const unknownMethod = { id: 1, method: 'tools/none' };
    expect((await send('POST', { ...both, ...session }, unknownMethod)).status).toBe(200);
  });

  test('in both eras, what is not a JSON-RPC message is refused with 400', async () => {
    expect(await send('POST', both, { method: 1 })).toEqual({ status: 400, code: -32600 });
    const response = await fetch(endpoint, { method: 'POST', headers: both, body: '{' });
    expect(response.status).toBe(400);
  });

  test('a silent stream is kept open by a comment every 15 s', () => {
    expect(optionTable.keepAliveMs.byDefault?.()).toBe(15_000);
  });

  test('the statuses of the modern era', async () => {
    const call = { ...list, params: { _meta: meta } };
    expect(await send('POST', modern('tools/list'), call)).toEqual({ status: 200, code: undefined });
    expect(await send('POST', modern('tools/call'), call)).toEqual({ status: 400, code: -32020 });
    const other = { ...meta, 'io.modelcontextprotocol/protocolVersion': '2099-01-01' };
    expect(await send('POST', modern('tools/list', '2099-01-01'), { ...list, params: { _meta: other } })).toEqual({
      status: 400,
      code: -32022,
    });
    const unknownMethod = { id: 1, method: 'tools/none', params: { _meta: meta } };
    expect(await send('POST', modern('tools/none'), unknownMethod)).toEqual({ status: 404, code: -32601 });
    expect((await send('GET', { accept, 'mcp-protocol-version': '2026-07-28' })).status).toBe(405);
    expect((await send('DELETE', { 'mcp-protocol-version': '2026-07-28' })).status).toBe(405);
  });
});
