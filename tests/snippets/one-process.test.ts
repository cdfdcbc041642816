import { Client as Client2, StreamableHTTPClientTransport as Transport2 } from '@modelcontextprotocol/client';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { describe, expect, test } from 'vitest';
import { startServer } from '../setup/server.ts';
import { until } from '../setup/until.ts';
import { type NodeServer, startNodeServer } from './node-server.ts';
import { normalise, recorded, runSnippet } from './run-snippet.ts';

const topic = 'one-process';

/** How often each status was printed, e.g. `{ 200: 5, 404: 15 }`. */
const statuses = (output: string): Record<string, number> =>
  Object.fromEntries([...output.matchAll(/^ *(\d+) (\d{3})$/gm)].map(([, count, status]) => [status, Number(count)]));

const count = async (endpoint: string) => statuses(await runSnippet('session-not-found/count.sh', { endpoint }));

/** Four workers, all of them listening: node:cluster hands out connections in turn to those that do. */
async function startCluster(): Promise<NodeServer> {
  const server = await startNodeServer(`${topic}/cluster.ts`);
  await until('all four workers to listen', async () => (await count(server.endpoint))[200] === 5);
  return server;
}

describe('the server of the page, under node:cluster', () => {
  test('four workers: the session is found by one call in four', async () => {
    await using server = await startCluster();
    expect(await count(server.endpoint)).toEqual({ 200: 5, 404: 15 });
  });

  test('one worker: every call finds it', async () => {
    await using server = await startNodeServer(`${topic}/cluster.ts`, { WORKERS: '1' });
    expect(await count(server.endpoint)).toEqual({ 200: 20 });
  });

  test('stateless, four workers: every call is answered, and no id is minted', async () => {
    await using server = await startNodeServer(`${topic}/stateless.ts`);
    const output = await runSnippet('session-not-found/count.sh', { endpoint: server.endpoint });
    expect(output).toMatch(/^session none$/m);
    expect(statuses(output)).toEqual({ 200: 20 });
  });

  test('on one kept connection the fault does not show', async () => {
    await using server = await startCluster();
    const output = await runSnippet(`${topic}/connections.ts`, server, [server.endpoint]);
    expect(normalise(output)).toBe(normalise(recorded(`${topic}/connections`, output)));
    expect(output).toMatch(/^one kept connection: 20 of 20/m);
    expect(output).toMatch(/^a new one each time: 5 of 20/m);
  });
});

describe('official clients before four workers', () => {
  test('TypeScript SDK 1.x does not get past connect', async () => {
    await using server = await startCluster();
    const client = new Client({ name: 'test', version: '1' });
    const connecting = client.connect(new StreamableHTTPClientTransport(new URL(server.endpoint)));
    await expect(connecting).rejects.toThrow('Session not found');
  });

  test('nor does 2.x', async () => {
    await using server = await startCluster();
    const client = new Client2({ name: 'test', version: '1' });
    await expect(client.connect(new Transport2(new URL(server.endpoint)))).rejects.toThrow('Session not found');
  });
});

describe('what a client makes of a 404', () => {
  test('the client of the page opens a new session and is answered', async () => {
    await using server = await startServer();
    const output = await runSnippet(`${topic}/open-again.ts`, { endpoint: `${server.origin}/mcp` });
    expect(output).toContain(String(server.pid));
  });

  test.each([
    { sdk: '1.x', make: () => new Client({ name: 'test', version: '1' }), Transport: StreamableHTTPClientTransport },
    { sdk: '2.x', make: () => new Client2({ name: 'test', version: '1' }), Transport: Transport2 },
  ])('TypeScript SDK $sdk keeps the dead id and sends it again', async ({ make, Transport }) => {
    await using server = await startServer();
    const url = new URL(`${server.origin}/mcp`);
    const client = make();
    const transport = new Transport(url);
    await client.connect(transport as never);
    const id = String(transport.sessionId);
    await fetch(url, { method: 'DELETE', headers: { 'mcp-session-id': id } });
    for (let call = 0; call < 2; call++) {
      await expect(client.callTool({ name: 'whoami', arguments: {} })).rejects.toThrow('Session not found');
      expect(transport.sessionId).toBe(id);
    }
    await client.close();
  });
});
