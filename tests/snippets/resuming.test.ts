import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { defaultEventLog, optionTable } from '../../playground-server/transport/option-table.ts';
import { handshakeClients } from '../interop/official-clients.ts';
import { type RunningServer, startServer } from '../setup/server.ts';
import { until } from '../setup/until.ts';
import { openSession, outputsOf } from './page-outputs.ts';
import { runSnippet } from './run-snippet.ts';

const topic = 'resuming';
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

const steps = (output: string): string[] => [...output.matchAll(/"progress":(\d)/g)].map(([, step = '']) => step);

describe('the snippets', () => {
  test('a stream breaks off after event 2, and GET with that id brings the rest of it', async () => {
    const session = await open();
    const begun = await runSnippet(`${topic}/hang-up.sh`, { endpoint, session });
    expect(steps(begun)).toEqual(['1', '2']);
    expect(begun).toMatch(/\nretry: 1000\n\n$/);
    expect(begun).not.toContain('"result"');
    matchesThePage('hang-up', begun);
    const rest = await runSnippet('the-transport/resume.sh', { endpoint, session, lastEventId: '1.2' });
    expect(steps(rest)).toEqual(['3', '4']);
    expect(rest).toMatch(/"id":2,"result"[^\n]*\n\n$/);
    matchesThePage('rest', rest);
  });

  test('three refusals: 405, 400, 404', async () => {
    const output = await runSnippet(`${topic}/refused.sh`, { endpoint, session: await open() });
    expect([...output.matchAll(/^\d{3}/gm)].flat()).toEqual(['405', '400', '404']);
    matchesThePage('refused', output);
  });

  test('the client of the page comes back, and has all of it once', async () => {
    const output = await runSnippet(`${topic}/client.ts`, { endpoint, session: await open() });
    expect([...output.matchAll(/progress (\d)/g)].map(([, step]) => step)).toEqual(['1', '2', '3', '4']);
    expect(output).toContain('back after 1.2');
    matchesThePage('client', output);
  });
});

interface Refusing extends AsyncDisposable {
  endpoint: string;
  /** The `Last-Event-ID` of each GET. */
  gets: (string | undefined)[];
}

/** Answers a call with an event that has an id, breaks off, and refuses whoever comes back. */
async function refusing(status: number): Promise<Refusing> {
  const gets: (string | undefined)[] = [];
  const http = createServer(async (request, response) => {
    if (request.method === 'GET') {
      const id = request.headers['last-event-id'];
      if (id === undefined) return void response.writeHead(405).end();
      gets.push(String(id));
      return void response.writeHead(status, { 'content-type': 'application/json' }).end('{}');
    }
    const message = JSON.parse(await bodyOf(request)) as { id?: number; method: string };
    if (message.id === undefined) return void response.writeHead(202).end();
    if (message.method === 'initialize') {
      const result = {
        protocolVersion: '2025-11-25',
        capabilities: { tools: {} },
        serverInfo: { name: 'r', version: '1' },
      };
      response.writeHead(200, { 'content-type': 'application/json', 'mcp-session-id': 'a-session' });
      return void response.end(JSON.stringify({ jsonrpc: '2.0', id: message.id, result }));
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('id: 1.0\nretry: 10\ndata:\n\n');
    response.end();
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(http.address() as AddressInfo).port}/mcp`,
    gets,
    async [Symbol.asyncDispose]() {
      http.closeAllConnections();
      http.close();
      await once(http, 'close');
    },
  };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += chunk;
  return text;
}

describe.each(handshakeClients)('%s, when it comes back and is refused', (_name, connect) => {
  test('405: it asks once, and says nothing; the call waits for its time to be up', async () => {
    await using refused = await refusing(405);
    await using client = await connect(refused.endpoint);
    await expect(client.callTool('any', {}, { timeoutMs: 2_000 })).rejects.toThrow('Request timed out');
    expect(refused.gets).toEqual(['1.0']);
    expect(client.errors.filter(({ message }) => message.includes('reconnect'))).toEqual([]);
  });

  test.each([400, 404])('%i: it tries twice and then gives up; the call is not told either', async (status) => {
    await using refused = await refusing(status);
    await using client = await connect(refused.endpoint);
    const call = client.callTool('any', {}, { timeoutMs: 2_000 });
    call.catch(() => {});
    await until('it to give up', () =>
      client.errors.some(({ message }) => message.includes('Maximum reconnection attempts')),
    );
    expect(refused.gets).toEqual(['1.0', '1.0']);
    await expect(call).rejects.toThrow('Request timed out');
  });
});

test('the numbers on the page are those of the code', () => {
  expect(defaultEventLog).toEqual({
    maxEvents: 256,
    maxBytes: 2 ** 20,
    maxSessionBytes: 4 * 2 ** 20,
    maxAgeMs: 5 * 60_000,
  });
  expect(optionTable.retryInterval.byDefault?.()).toBe(1000);
});
