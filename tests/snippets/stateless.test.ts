import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { allClients, connectModern, handshakeClients } from '../interop/official-clients.ts';
import { type RunningServer, startServer } from '../setup/server.ts';
import { until } from '../setup/until.ts';
import { startNodeServer } from './node-server.ts';
import { normalise, recorded, runSnippet } from './run-snippet.ts';

const topic = 'stateless';
let server: RunningServer;

beforeAll(async () => {
  server = await startServer();
});
afterAll(async () => {
  await server?.stop();
});

test('what is lost, and what is not', async () => {
  const { origin } = server;
  const output = await runSnippet(`${topic}/lost.sh`, { endpoint: `${origin}/mcp`, origin });
  expect(output).toMatch(/^--- how many session ids initialize mints\n0\n/);
  expect(output.match(/notifications\/progress/g)).toHaveLength(2);
  expect(output).toMatch(/\n--- the standalone stream\n405\n$/);
  expect(normalise(output)).toBe(normalise(recorded(`${topic}/lost`, output)));
});

describe('the server of the page: this transport, four processes', () => {
  test('every call is answered, by all four, and no id is minted', async () => {
    await using four = await startNodeServer(`${topic}/server.ts`);
    const pids = new Set<string>();
    await until('all four to have answered', async () => {
      // A connection of its own each time: one that is kept belongs to one process.
      const response = await fetch(four.endpoint, {
        method: 'POST',
        headers: {
          connection: 'close',
          accept: 'application/json, text/event-stream',
          'content-type': 'application/json',
        },
        body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'whoami' } }),
      });
      pids.add(/pid \d+/.exec(await response.text())?.[0] ?? '');
      return pids.size === 4;
    });
    const output = await runSnippet('session-not-found/count.sh', { endpoint: four.endpoint });
    expect(output).toMatch(/^session none$/m);
    expect(output).toMatch(/^ *20 200$/m);
  });

  test.each(allClients)('%s connects, lists and calls', async (_name, connect) => {
    await using four = await startNodeServer(`${topic}/server.ts`);
    await using client = await connect(four.endpoint);
    expect(await client.listTools()).toEqual(['whoami']);
    expect(await client.callTool('whoami')).toMatch(/^pid \d+$/);
    expect(client.sessionId).toBeUndefined();
    // That GET is answered 405 is no error to them.
    expect(client.errors).toEqual([]);
  });
});

describe('the lab of the page', () => {
  async function lab(): Promise<string> {
    const response = await fetch(`${server.origin}/api/labs`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ deployment: 'stateless' }),
    });
    return ((await response.json()) as { endpoint: string }).endpoint;
  }

  test.each(handshakeClients)(
    '%s: a question fails, although the client declared that it can answer',
    async (_, connect) => {
      await using client = await connect(await lab(), { elicitation: () => ({ answer: 'green' }) });
      await expect(client.callTool('ask')).rejects.toThrow(/-32600|elicitation|cannot be asked/);
    },
  );

  test('the modern era asks on the same four processes only where the retry finds its key', async () => {
    const endpoint = await lab();
    const outcomes = new Set<string>();
    await until('the retry to have failed once', async () => {
      await using client = await connectModern(endpoint, { elicitation: () => ({ answer: 'green' }) });
      outcomes.add(await client.callTool('ask').catch(({ message }: Error) => message));
      return [...outcomes].some((outcome) => outcome.includes('Invalid requestState'));
    });
  });
});
