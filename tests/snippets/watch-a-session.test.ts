import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningServer, startServer } from '../setup/server.ts';
import { until } from '../setup/until.ts';
import { openSession, outputsOf, sessionIn } from './page-outputs.ts';
import { runSnippet, startSnippet } from './run-snippet.ts';

const topic = 'watch-a-session';
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

describe('the curl snippets, in the order of the page', () => {
  let session: string;

  test('open: one JSON object, with the session id in a header', async () => {
    const output = await runSnippet(`${topic}/open.sh`, { endpoint });
    session = sessionIn(output);
    expect(output).toMatch(/^HTTP\/1\.1 200 OK\n/);
    expect(output).toMatch(/^content-type: application\/json$/m);
    expect(output).toContain('"protocolVersion":"2025-11-25"');
    expect(output).toContain('"listChanged":true');
    matchesThePage('open', output);
  });

  test('confirm: 202 without a body', async () => {
    const output = await runSnippet(`${topic}/initialized.sh`, { endpoint, session });
    expect(output).toMatch(/^HTTP\/1\.1 202 Accepted\n[\s\S]*\n\n$/);
    matchesThePage('initialized', output);
  });

  test('list: an event stream that begins with a priming event and ends with the response', async () => {
    const output = await runSnippet(`${topic}/list.sh`, { endpoint, session });
    expect(output).toMatch(/^content-type: text\/event-stream$/m);
    expect(output).toMatch(/\nid: (\d+)\.0\nretry: 1000\ndata:\s*\n\nid: \1\.1\ndata: \{.*"id":2.*\}\n\n$/);
    matchesThePage('list', output);
  });

  test('count: each frame arrives when it is sent, and the response comes last', async () => {
    await using running = startSnippet(`${topic}/count.sh`, { endpoint, session });
    const output = await running.finished;
    expect(output.match(/notifications\/progress/g)).toHaveLength(3);
    expect(output).toMatch(/"id":3[^\n]*\n\n$/);
    // Three steps of 500 ms: had anything collected them, they would have come within a few milliseconds.
    const ends = [...output.matchAll(/notifications\/progress/g)].map(({ index }) => index);
    const [first = 0, , third = 0] = ends.map(
      (end) => running.arrivals.find(({ length }) => length > end)?.atMs ?? Number.NaN,
    );
    expect(third - first).toBeGreaterThan(700);
    matchesThePage('count', output);
  });

  test('listen: the announcement is on the GET stream, the result of the call on its own', async () => {
    await using listening = startSnippet(`${topic}/listen.sh`, { endpoint, session });
    await until('the GET stream to be open', () => listening.output().includes('\n\nid:'));
    const call = await runSnippet(`${topic}/announce.sh`, { endpoint, session });
    const heard = await until('the announcement', () => {
      const output = listening.output();
      return output.includes('notifications/tools/list_changed') && output.endsWith('\n\n') && output;
    });
    expect(call).toContain('"id":4');
    expect(call).not.toContain('list_changed');
    expect(heard).not.toContain('"id":4');
    const streamOf = (text: string) => /\nid: (\d+)\.\d+\ndata: \{/.exec(text)?.[1];
    expect(streamOf(call)).not.toBe(streamOf(heard));
    matchesThePage('listen', heard);
    matchesThePage('announce', call);
  });

  test('end: 200, and from then on 404', async () => {
    const ended = await runSnippet(`${topic}/close.sh`, { endpoint, session });
    expect(ended).toMatch(/^HTTP\/1\.1 200 OK\n/);
    matchesThePage('close', ended);
    const after = await runSnippet(`${topic}/after-close.sh`, { endpoint, session });
    expect(after).toMatch(/^HTTP\/1\.1 404 Not Found\n/);
    expect(after).toContain('Session not found');
    matchesThePage('after-close', after);
  });
});

describe('the TypeScript snippets', () => {
  test('open: prints the session and the version, and the session lives on', async () => {
    const output = await runSnippet(`${topic}/open.ts`, { endpoint });
    const session = /^session (\S+)$/m.exec(output)?.[1] ?? '';
    expect(output).toMatch(/^version 2025-11-25$/m);
    expect(await runSnippet(`${topic}/list.sh`, { endpoint, session })).toContain('HTTP/1.1 200 OK');
  });

  test('list: the names of the tools', async () => {
    const session = await openSession(endpoint);
    const output = await runSnippet(`${topic}/list.ts`, { endpoint, session });
    for (const tool of ['whoami', 'count', 'announce']) expect(output).toContain(`'${tool}'`);
  });

  test('count: three steps, then the result', async () => {
    const session = await openSession(endpoint);
    const output = await runSnippet(`${topic}/count.ts`, { endpoint, session });
    expect(output).toMatch(/^progress 1 of 3\nprogress 2 of 3\nprogress 3 of 3\nresult/);
  });

  test('listen: hears the announcement', async () => {
    const output = await runSnippet(`${topic}/listen.ts`, { endpoint });
    expect(output).toContain("heard { method: 'notifications/tools/list_changed'");
  });

  test('end: the session is gone', async () => {
    const session = await openSession(endpoint);
    expect(await runSnippet(`${topic}/close.ts`, { endpoint, session })).toContain('ended');
    expect(await runSnippet(`${topic}/after-close.sh`, { endpoint, session })).toContain('HTTP/1.1 404');
  });
});

describe('what the page says beside the snippets', () => {
  const headers = { accept: 'application/json, text/event-stream', 'content-type': 'application/json' };
  const body = JSON.stringify({ jsonrpc: '2.0', id: 9, method: 'tools/list' });
  const post = async (more: Record<string, string>): Promise<number> => {
    const response = await fetch(endpoint, { method: 'POST', headers: { ...headers, ...more }, body });
    await response.body?.cancel();
    return response.status;
  };

  test('without both types in Accept: 406', async () => {
    const session = await openSession(endpoint);
    expect(await post({ accept: 'application/json', 'mcp-session-id': session })).toBe(406);
  });

  test('without a session id: 400; with an unknown one: 404', async () => {
    expect(await post({})).toBe(400);
    expect(await post({ 'mcp-session-id': 'never-opened' })).toBe(404);
  });

  test('a process that never had the session says so in the reason', async () => {
    const response = await fetch(endpoint, {
      method: 'POST',
      headers: { ...headers, 'mcp-session-id': '0123456789abcdef0123456789abcdef' },
      body,
    });
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ error: { code: -32001, data: { reason: 'unknown' } } });
  });

  test('with a version that the server does not support: 400', async () => {
    const session = await openSession(endpoint);
    expect(await post({ 'mcp-session-id': session, 'mcp-protocol-version': '1999-01-01' })).toBe(400);
  });

  test('without a progressToken the server reports nothing', async () => {
    const session = await openSession(endpoint);
    const call = {
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name: 'count', arguments: { to: 2, everyMs: 1 } },
    };
    const response = await fetch(endpoint, {
      method: 'POST',
      headers: { ...headers, 'mcp-session-id': session },
      body: JSON.stringify(call),
    });
    expect(await response.text()).not.toContain('notifications/progress');
  });
});
