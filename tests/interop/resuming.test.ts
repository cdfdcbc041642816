import { describe, expect, test } from 'vitest';
import type { Served } from '../contract/support/serve.ts';
import { servePlayground } from '../mcp/support/playground.ts';
import { until } from '../setup/until.ts';
import { allClients, type ConnectedClient, connectModern, handshakeClients } from './official-clients.ts';

/** Soon again: the clients wait for as long as the server's `retry` field says. */
const retryInterval = 20;

const endpointOf = ({ port }: Served) => `http://127.0.0.1:${port}/mcp`;

/** The GET streams that were attached so far: the clients open theirs after `connect` has resolved. */
const attached = ({ traces }: Served) => traces.filter(({ event }) => event.type === 'stream-attached').length;

/** Counts, and loses every connection of the server at step 2. */
async function countThroughCut(client: ConnectedClient, server: Served, timeoutMs?: number) {
  const steps: number[] = [];
  const onProgress = (done: number) => {
    steps.push(done);
    if (done === 2) server.server.closeAllConnections();
  };
  const result = await client.callTool(
    'count',
    { to: 6, everyMs: 20 },
    { onProgress, ...(timeoutMs && { timeoutMs }) },
  );
  return { steps, result };
}

describe.each(handshakeClients)('%s', (_name, connect) => {
  test('comes back for what a tool that hung up has left to say', async () => {
    await using server = await servePlayground({ retryInterval });
    await using client = await connect(endpointOf(server));
    const steps: number[] = [];
    const onProgress = (done: number) => steps.push(done);
    const result = await client.callTool('hang_up', { afterEvents: 2 }, { onProgress });
    expect([steps, result]).toEqual([[1, 2, 3, 4], 'Hung up after 2 of 4 events, and went on']);
  });

  test('resumes a call whose connection was cut: nothing is lost, nothing comes twice', async () => {
    await using server = await servePlayground({ retryInterval });
    await using client = await connect(endpointOf(server));
    expect(await countThroughCut(client, server)).toEqual({ steps: [1, 2, 3, 4, 5, 6], result: 'Counted to 6' });
  });

  test('reads on its GET stream, once it has it again, what was announced meanwhile', async () => {
    await using server = await servePlayground({ retryInterval, traced: true });
    await using client = await connect(endpointOf(server));
    await until('the GET stream', () => attached(server) === 1);
    server.transport.broadcast('notifications/tools/list_changed');
    await until('the first announcement', () => client.heard.length === 1);
    server.server.closeAllConnections();
    server.transport.broadcast('notifications/prompts/list_changed');
    server.transport.broadcast('notifications/tools/list_changed');
    await until('what was missed', () => client.heard.length >= 3);
    expect(client.heard.map(({ method }) => method)).toEqual([
      'notifications/tools/list_changed',
      'notifications/prompts/list_changed',
      'notifications/tools/list_changed',
    ]);
  });
});

describe('@modelcontextprotocol/client 2.x in the modern era', () => {
  test('is told that nothing could be resumed, and the tool does not hang up', async () => {
    await using server = await servePlayground();
    await using client = await connectModern(endpointOf(server));
    const steps: number[] = [];
    const result = await client.callTool('hang_up', {}, { onProgress: (done) => steps.push(done) });
    expect(steps).toEqual([1, 2, 3, 4]);
    expect(result).toContain('did not hang up');
  });

  test('lacks a sign that its connection was cut: the call fails when its time is up; the server stopped at once', async () => {
    await using server = await servePlayground({ traced: true });
    await using client = await connectModern(endpointOf(server));
    await expect(countThroughCut(client, server, 500)).rejects.toThrow('Request timed out');
    const cancelled = server.traces.filter(({ event }) => event.type === 'request-cancelled');
    expect(cancelled).toHaveLength(1);
    expect(client.errors.map(({ message }) => message)).toEqual([expect.stringContaining('disconnected')]);
  });
});

test.each(allClients)('%s takes a call back, and its handler is stopped', async (_name, connect) => {
  await using server = await servePlayground({ traced: true });
  await using client = await connect(endpointOf(server));
  const controller = new AbortController();
  const call = client.callTool(
    'count',
    { to: 100, everyMs: 5 },
    {
      signal: controller.signal,
      onProgress: () => controller.abort(),
    },
  );
  await expect(call).rejects.toThrow(/abort/i);
  await until('the handler to be told', () => server.traces.some(({ event }) => event.type === 'request-cancelled'));
  // The connection is as good as before.
  expect(await client.callTool('count', { to: 1, everyMs: 0 })).toBe('Counted to 1');
});
