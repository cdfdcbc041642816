import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fixtures } from '../conformance/fixtures/index.ts';
import { logLevelKey } from '../contract/support/modern.ts';
import type { Served } from '../contract/support/serve.ts';
import { serveHandler } from '../mcp/support/eras.ts';
import { servePlayground } from '../mcp/support/playground.ts';
import { until } from '../setup/until.ts';
import { allClients, connectModern, handshakeClients } from './official-clients.ts';

let playground: Served;
let fixture: Served;
let endpoint: string;
beforeAll(async () => {
  playground = await servePlayground({ traced: true });
  fixture = await serveHandler(fixtures);
  endpoint = `http://127.0.0.1:${playground.port}/mcp`;
});
afterAll(async () => {
  await playground[Symbol.asyncDispose]();
  await fixture[Symbol.asyncDispose]();
});

const toolsChanged = 'notifications/tools/list_changed';
const updated = 'notifications/resources/updated';
const logged = [1, 2].map((line) => ({
  method: 'notifications/message',
  params: { level: 'info', logger: 'chatter', data: `line ${line} of 2` },
}));

test.each(allClients)('%s has all progress, in order, before the result', async (_name, connect) => {
  await using client = await connect(endpoint);
  const steps: number[] = [];
  const result = await client.callTool('count', { to: 4, everyMs: 5 }, { onProgress: (done) => steps.push(done) });
  expect([steps, result]).toEqual([[1, 2, 3, 4], 'Counted to 4']);
});

describe.each(handshakeClients)('%s', (_name, connect) => {
  test('is sent log messages from the level that it set', async () => {
    await using client = await connect(endpoint);
    await client.setLogLevel('info');
    await client.callTool('chatter', { lines: 2 });
    expect(client.heard).toMatchObject(logged);
    await client.setLogLevel('warning');
    await client.callTool('chatter', { lines: 2 });
    expect(client.heard).toHaveLength(2);
  });

  test('hears on its GET stream what another session announces, once', async () => {
    // It calls nothing itself, so no POST stream of its own could carry the notification.
    await using listener = await connect(endpoint);
    await using announcer = await connect(endpoint);
    await announcer.callTool('announce');
    await until('the announcement', () => listener.heard.length > 0);
    await announcer.callTool('announce');
    await until('the next one', () => listener.heard.length > 1);
    expect(listener.heard.map(({ method }) => method)).toEqual([toolsChanged, toolsChanged]);
    expect(listener.errors).toEqual([]);
  });

  test('hears of a resource while it is subscribed', async () => {
    await using client = await connect(endpoint);
    await using other = await connect(endpoint);
    await client.subscribe('lab://clock');
    playground.transport.broadcast(updated, { uri: 'lab://clock' });
    await until('the update', () => client.heard.length > 0);
    await client.unsubscribe('lab://clock');
    playground.transport.broadcast(updated, { uri: 'lab://clock' });
    playground.transport.broadcast(toolsChanged);
    await until('the marker', () => other.heard.length > 0 && client.heard.length > 1);
    expect(client.heard).toMatchObject([{ method: updated, params: { uri: 'lab://clock' } }, { method: toolsChanged }]);
    expect(other.heard.map(({ method }) => method)).toEqual([toolsChanged]);
  });
});

describe('@modelcontextprotocol/client 2.x in the modern era', () => {
  test('is sent log messages by a call whose _meta names a level; it has no option of its own for that', async () => {
    await using client = await connectModern(endpoint);
    await expect(client.setLogLevel('info')).rejects.toThrow('not supported by the negotiated protocol version');
    await client.callTool('chatter', { lines: 2 }, { meta: { [logLevelKey]: 'info' } });
    expect(client.heard).toMatchObject(logged);
    await client.callTool('chatter', { lines: 2 });
    expect(client.heard).toHaveLength(2);
  });

  test('hears by subscriptions/listen what it listens for, and nothing else', async () => {
    await using client = await connectModern(endpoint);
    const listening = await client.client.listen({ toolsListChanged: true, resourceSubscriptions: ['lab://clock'] });
    expect(listening.honoredFilter).toEqual({ toolsListChanged: true, resourceSubscriptions: ['lab://clock'] });
    playground.transport.broadcast('notifications/prompts/list_changed');
    playground.transport.broadcast(updated, { uri: 'lab://clock' });
    playground.transport.broadcast(updated, { uri: 'lab://other' });
    await client.callTool('announce');
    await until('both', () => client.heard.length > 1);
    expect(client.heard).toMatchObject([{ method: updated, params: { uri: 'lab://clock' } }, { method: toolsChanged }]);
    await listening.close();
    const closedByClient = () => playground.traces.some(({ event }) => 'by' in event && event.by === 'client');
    await until('the stream to be gone', closedByClient);
  });

  test('is told what a server does not tell: the filter it honours leaves it out', async () => {
    await using client = await connectModern(endpoint);
    const listening = await client.client.listen({ promptsListChanged: true, toolsListChanged: true });
    expect(listening.honoredFilter).toEqual({ toolsListChanged: true });
    await listening.close();
  });

  test('hears of prompts from a server whose prompts change', async () => {
    await using client = await connectModern(`http://127.0.0.1:${fixture.port}/mcp`);
    await client.client.listen({ promptsListChanged: true });
    await client.callTool('test_trigger_tool_change');
    await client.callTool('test_trigger_prompt_change');
    await until('the notification', () => client.heard.length > 0);
    expect(client.heard.map(({ method }) => method)).toEqual(['notifications/prompts/list_changed']);
  });

  test('learns that the server ends its subscription', async () => {
    await using server = await servePlayground();
    await using client = await connectModern(`http://127.0.0.1:${server.port}/mcp`);
    const listening = await client.client.listen({ toolsListChanged: true });
    await server.transport.close();
    expect(await listening.closed).toBe('graceful');
  });
});
