import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { optionTable } from '../../playground-server/transport/option-table.ts';
import { allClients } from '../interop/official-clients.ts';
import { type RunningServer, startServer } from '../setup/server.ts';
import { startNodeServer } from './node-server.ts';
import { normalise, recorded, runSnippet } from './run-snippet.ts';

const topic = 'asking-back';
let server: RunningServer;
let endpoint: string;

beforeAll(async () => {
  server = await startServer();
  endpoint = `${server.origin}/mcp`;
});
afterAll(async () => {
  await server?.stop();
});

/** The id of a question begins with the boot id of the process that asked. */
const withoutBootId = (output: string): string => normalise(output).replace(/"[0-9a-f]{16}\.1"/, '"BOOT.1"');

test('the question is on the stream of the call, and the answer is a POST with its id', async () => {
  const output = await runSnippet(`${topic}/ask.sh`, { endpoint });
  expect(output).toMatch(/^202 to the answer\n/);
  expect(output).toMatch(/"id":"[0-9a-f]{16}\.1","method":"elicitation\/create"/);
  expect(output).toMatch(/"id":2,"result":[^\n]*The user answered: green/);
  expect(withoutBootId(output)).toBe(withoutBootId(recorded(`${topic}/ask`, output)));
});

describe('the tool of the page, written once', () => {
  test.each(allClients)('%s is asked, and answered', async (_name, connect) => {
    await using painter = await startNodeServer(`${topic}/both-eras.ts`);
    const asked: string[] = [];
    await using client = await connect(painter.endpoint, {
      elicitation: (message) => {
        asked.push(message);
        return { name: 'green' };
      },
    });
    expect(await client.callTool('paint')).toBe('Painted green');
    expect(asked).toEqual(['Which colour?']);
  });

  test.each(allClients)('%s may decline', async (_name, connect) => {
    await using painter = await startNodeServer(`${topic}/both-eras.ts`);
    await using client = await connect(painter.endpoint, { elicitation: () => undefined });
    expect(await client.callTool('paint')).toBe('Nothing was painted');
  });
});

describe('an answer that reaches the wrong process', () => {
  test('four processes: the answer is refused like any other request of the session', async () => {
    const created = await fetch(`${server.origin}/api/labs`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ deployment: 'forked' }),
    });
    const lab = (await created.json()) as { endpoint: string };
    const post = (body: object, headers: Record<string, string> = {}) =>
      fetch(lab.endpoint, {
        method: 'POST',
        headers: { accept: 'application/json, text/event-stream', 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ jsonrpc: '2.0', ...body }),
      });
    const params = {
      protocolVersion: '2025-11-25',
      capabilities: { elicitation: {} },
      clientInfo: { name: 'test', version: '1' },
    };
    const opened = await post({ id: 1, method: 'initialize', params });
    const session = { 'mcp-session-id': String(opened.headers.get('mcp-session-id')) };
    // The next process in turn has never seen the session.
    const answer = await post({ id: 'whatever', result: { action: 'decline' } }, session);
    expect(answer.status).toBe(404);
  });

  test('a response that nobody waits for is accepted, and has no effect', async () => {
    const headers = { accept: 'application/json, text/event-stream', 'content-type': 'application/json' };
    const initialize = await runSnippet('watch-a-session/open.sh', { endpoint });
    const session = /^mcp-session-id: (\S+)$/im.exec(initialize)?.[1] ?? '';
    const response = await fetch(endpoint, {
      method: 'POST',
      headers: { ...headers, 'mcp-session-id': session },
      body: JSON.stringify({ jsonrpc: '2.0', id: 'nobody.1', result: {} }),
    });
    expect(response.status).toBe(202);
  });
});

test('a handler waits for 10 minutes, and a requestState opens as long', () => {
  expect(optionTable.clientRequestTimeoutMs.byDefault?.()).toBe(10 * 60_000);
  expect(optionTable.requestStateTtlMs.byDefault?.()).toBe(10 * 60_000);
});
