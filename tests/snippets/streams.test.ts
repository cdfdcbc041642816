import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { optionTable } from '../../playground-server/transport/option-table.ts';
import { type RunningServer, startServer } from '../setup/server.ts';
import { startNodeServer } from './node-server.ts';
import { openSession, outputsOf } from './page-outputs.ts';
import { runSnippet } from './run-snippet.ts';

const topic = 'streams';
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

const open = (at = endpoint) => openSession(at);

describe('the handshake era', () => {
  test('what was announced while nobody listened is on the standalone stream when it is opened', async () => {
    const output = await runSnippet(`${topic}/unheard.sh`, { endpoint, session: await open() });
    const [call = '', get = ''] = output.split('--- GET\n');
    expect(call).toContain('Announced to everyone who listens');
    expect(call).not.toContain('list_changed');
    expect(get).toMatch(/^id: 0\.1\ndata: .*list_changed/m);
    matchesThePage('unheard', output);
  });

  test('a second GET takes the stream over, and the first is closed', async () => {
    const output = await runSnippet(`${topic}/second-get.sh`, { endpoint, session: await open() });
    expect(output).toBe('first: closed by the server\nsecond: open until curl gave up\n');
    matchesThePage('second-get', output);
  });

  test('the TypeScript SDK 1.32.2 refuses it with 409 instead', async () => {
    await using sdk = await startNodeServer('one-process/cluster.ts', { WORKERS: '1' });
    const session = await open(sdk.endpoint);
    const headers = { accept: 'text/event-stream', 'mcp-session-id': session };
    const first = new AbortController();
    const { status } = await fetch(sdk.endpoint, { headers, signal: first.signal });
    expect(status).toBe(200);
    expect((await fetch(sdk.endpoint, { headers })).status).toBe(409);
    first.abort();
  });
});

describe('the modern era', () => {
  test('an answer is one JSON object, unless there is something to say before it', async () => {
    const output = await runSnippet(`${topic}/one-or-many.sh`, { endpoint });
    expect(output).toBe('nothing to say before the result: application/json\nprogress to report: text/event-stream\n');
    matchesThePage('one-or-many', output);
  });
});

test('the numbers on the page are those of the code', () => {
  const page = readFileSync(new URL('../../content/docs/understand/streams.mdx', import.meta.url), 'utf8');
  expect(optionTable.keepAliveMs.byDefault?.()).toBe(15_000);
  expect(optionTable.maxBufferedBytes.byDefault?.()).toBe(2 ** 20);
  expect(page).toContain('quiet for 15 s');
  expect(page).toContain('grow the process by less than 16 MB');
});
