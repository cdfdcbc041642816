import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { optionTable } from '../../playground-server/transport/option-table.ts';
import { type RunningServer, startServer } from '../setup/server.ts';
import { type NodeServer, startNodeServer } from './node-server.ts';
import { outputsOf } from './page-outputs.ts';
import { normalise, recorded, runSnippet } from './run-snippet.ts';

const topic = 'two-eras';
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

interface Relay extends AsyncDisposable {
  endpoint: string;
  /** All that clients sent through it, byte for byte. */
  sent: () => string;
}

/** Stands between a client and the server, and keeps what the client sends. */
async function startRelay(): Promise<Relay> {
  const { hostname, port } = new URL(server.origin);
  const sockets = new Set<Socket>();
  let sent = '';
  const relay = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      // Either end may go first; what matters was read by then.
      socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    }
    client.on('data', (bytes) => {
      sent += bytes.toString('utf8');
    });
    client.pipe(upstream).pipe(client);
  });
  const open = await listening(relay);
  const { host } = new URL(open.endpoint);
  return {
    endpoint: open.endpoint,
    sent: () => sent.replaceAll('\r\n', '\n').replace(host, 'localhost:4321'),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await open[Symbol.asyncDispose]();
    },
  };
}

/** Lets a server listen on a free port; it closes with its scope. */
async function listening(server: Server): Promise<AsyncDisposable & { endpoint: string }> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || !address) throw new Error('No port');
  return {
    endpoint: `http://127.0.0.1:${address.port}/mcp`,
    async [Symbol.asyncDispose]() {
      server.close();
      await once(server, 'close');
    },
  };
}

const sessionOf = (output: string): string => {
  const session = /^mcp-session-id: (\S+)$/im.exec(output)?.[1];
  if (!session) throw new Error(`No session id in:\n${output}`);
  return session;
};

/** curl names its own version. */
const withoutAgent = (sent: string): string => sent.replace(/^User-Agent: .*\n/m, '');

describe('the same call in both eras, as it was sent and as it was answered', () => {
  test('handshake', async () => {
    await using relay = await startRelay();
    const session = sessionOf(await runSnippet('watch-a-session/open.sh', { endpoint }));
    const answer = await runSnippet('the-transport/call.sh', { endpoint: relay.endpoint, session });
    expect(relay.sent()).toMatch(/^POST \/mcp HTTP\/1\.1\n/);
    matchesThePage('handshake-sent', withoutAgent(relay.sent()));
    matchesThePage('handshake-answer', answer);
  });

  test('modern', async () => {
    await using relay = await startRelay();
    const answer = await runSnippet('the-transport/modern-call.sh', { endpoint: relay.endpoint });
    expect(relay.sent()).not.toMatch(/^mcp-session-id:/im);
    matchesThePage('modern-sent', withoutAgent(relay.sent()));
    matchesThePage('modern-answer', answer);
  });
});

/** A server of the handshake era alone: the TypeScript SDK 1.x, as another page starts it. */
const startHandshakeServer = (): Promise<NodeServer> => startNodeServer('one-process/cluster.ts', { WORKERS: '1' });

describe('how a server asks', () => {
  const stateOf = (output: string): string => /"requestState":"([^"]+)"/.exec(output)?.[1] ?? '';

  test('the call ends with a question, and the retry with the answer is a call of its own', async () => {
    const output = await runSnippet(`${topic}/ask-and-retry.sh`, { endpoint });
    const [asked = '', answered = ''] = output.split('\n');
    expect(asked).toMatch(/"id":1,"result":\{"resultType":"input_required"/);
    expect(answered).toMatch(/"id":2,"result":\{"resultType":"complete".*The user answered: green/);
    const page = recorded(`${topic}/ask-and-retry`, output);
    const withoutState = (text: string) => normalise(text).replace(stateOf(text), 'STATE');
    expect(withoutState(output)).toBe(withoutState(page));
    expect(stateOf(page)).toMatch(/^v1\.\S{200,}$/);
  });

  test('the state fits no other call, and the answer to this tool counts once', async () => {
    const ask = async (question: string, more: object = {}) => {
      const _meta = {
        'io.modelcontextprotocol/protocolVersion': '2026-07-28',
        'io.modelcontextprotocol/clientCapabilities': { elicitation: {} },
      };
      const response = await fetch(endpoint, {
        method: 'POST',
        headers: {
          accept: 'application/json, text/event-stream',
          'content-type': 'application/json',
          'mcp-protocol-version': '2026-07-28',
          'mcp-method': 'tools/call',
          'mcp-name': 'ask',
        },
        body: JSON.stringify({
          jsonrpc: '2.0',
          id: 3,
          method: 'tools/call',
          params: { name: 'ask', arguments: { question }, _meta, ...more },
        }),
      });
      return { status: response.status, text: await response.text() };
    };
    const { text } = await ask('Which colour?');
    const inputResponses = { answer: { action: 'accept', content: { answer: 'green' } } };
    const more = { inputResponses, requestState: stateOf(text) };
    expect(await ask('Which animal?', more)).toMatchObject({ status: 400 });
    expect(await ask('Which colour?', more)).toMatchObject({ status: 200 });
    const again = await ask('Which colour?', more);
    expect(again.status).toBe(400);
    expect(again.text).toContain('Invalid requestState');
  });
});

test('a state opens for 10 minutes, and each process makes a key of its own unless it is given one', () => {
  expect(optionTable.requestStateTtlMs.byDefault?.()).toBe(10 * 60_000);
  expect(optionTable.requestStateKeys.defaultText).toContain('random');
});

describe('which era a server speaks', () => {
  test('this one: modern', async () => {
    const output = await runSnippet(`${topic}/which-era.ts`, { endpoint });
    expect(output).toMatch(/^200 \{[^\n]*\nmodern\n$/);
  });

  test('a handshake server answers 400 with a code that no modern server uses', async () => {
    await using old = await startHandshakeServer();
    const output = await runSnippet(`${topic}/which-era.ts`, { endpoint: old.endpoint });
    expect(output).toMatch(/^400 \{[^\n]*\nhandshake: go on with initialize\n$/);
    matchesThePage('which-era', output);
  });

  test('one without sessions names the version in its message, under the same code', async () => {
    await using old = await startNodeServer('one-process/stateless.ts');
    const output = await runSnippet(`${topic}/which-era.ts`, { endpoint: old.endpoint });
    expect(output).toMatch(
      /^400 .*-32000.*Bad Request: Unsupported protocol version: 2026-07-28 \(supported versions: /,
    );
    expect(output).toMatch(/\nhandshake: go on with initialize\n$/);
  });

  test.each([
    {
      answers: 'as a stream',
      status: 200,
      type: 'text/event-stream',
      body: 'data: {"jsonrpc":"2.0","id":1,"result":{"supportedVersions":["2026-07-28"]}}\n\n',
      era: 'modern',
    },
    {
      answers: 'that it knows another version only',
      status: 400,
      type: 'application/json',
      body: '{"jsonrpc":"2.0","id":1,"error":{"code":-32022,"message":"no","data":{"supported":["2027-01-01"]}}}',
      era: 'modern',
    },
    { answers: 'a page of HTML', status: 404, type: 'text/html', body: '<h1>Not found</h1>', era: 'handshake' },
    { answers: 'nothing', status: 405, type: 'text/plain', body: '', era: 'handshake' },
  ])('a server that answers $answers: $era', async ({ status, type, body, era }) => {
    const http = createHttpServer((_, response) => response.writeHead(status, { 'content-type': type }).end(body));
    await using other = await listening(http);
    const output = await runSnippet(`${topic}/which-era.ts`, other);
    expect(output).toMatch(new RegExp(`\\n${era}`));
  });

  test('a server that fails says nothing of its era', async () => {
    await using broken = await listening(createHttpServer((_, response) => response.writeHead(502).end()));
    await expect(runSnippet(`${topic}/which-era.ts`, broken)).rejects.toThrow('502 says nothing about the era');
  });

  test.each([
    { name: 'this server', modern: true },
    { name: 'a handshake server', modern: false },
  ])('the TypeScript client 2.4.0 asks only when told to: $name', async ({ modern }) => {
    await using old = await startHandshakeServer();
    const url = new URL(modern ? endpoint : old.endpoint);
    const eraWith = async (options: { versionNegotiation?: { mode: 'auto' } }) => {
      const client = new Client({ name: 'test', version: '1' }, options);
      await client.connect(new StreamableHTTPClientTransport(url));
      const version = client.getNegotiatedProtocolVersion();
      await client.close();
      return version;
    };
    expect(await eraWith({})).toBe('2025-11-25');
    expect(await eraWith({ versionNegotiation: { mode: 'auto' } })).toBe(modern ? '2026-07-28' : '2025-11-25');
  });
});

describe('how one endpoint tells the eras apart', () => {
  const headers = { accept: 'application/json, text/event-stream', 'content-type': 'application/json' };
  const meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientCapabilities': {},
  };
  const ask = async (more: Record<string, string>, message: object) => {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list', ...message });
    const response = await fetch(endpoint, { method: 'POST', headers: { ...headers, ...more }, body });
    return { status: response.status, text: await response.text() };
  };

  test('the key in _meta decides, whatever session is named', async () => {
    const more = { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/list', 'mcp-session-id': 'no-such' };
    const { status, text } = await ask(more, { params: { _meta: meta } });
    expect(status).toBe(200);
    expect(text).toContain('"resultType":"complete"');
  });

  test('initialize is of the handshake era, also under a modern header', async () => {
    const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } };
    const { status, text } = await ask({ 'mcp-protocol-version': '2026-07-28' }, { method: 'initialize', params });
    expect(status).toBe(200);
    expect(text).toContain('"protocolVersion":"2025-11-25"');
  });

  test('a modern header without the key is modern, and refused for what is missing', async () => {
    const { status, text } = await ask({ 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/list' }, {});
    expect(status).toBe(400);
    expect(text).toContain('-32602');
  });

  test('anything else is of the handshake era', async () => {
    for (const version of ['2025-06-18', '2024-11-05', undefined]) {
      const { status, text } = await ask(version ? { 'mcp-protocol-version': version } : {}, {});
      expect(status).toBe(400);
      expect(text).toContain('Missing session ID');
    }
  });
});
