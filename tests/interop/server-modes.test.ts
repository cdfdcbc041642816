import { describe, expect, test } from 'vitest';
import type { ServeOptions } from '../contract/support/serve.ts';
import { servePlayground } from '../mcp/support/playground.ts';
import { connectModern, handshakeClients } from './official-clients.ts';

const modes: [name: string, options: Omit<ServeOptions, 'handler'>, steps: number[], whoami: RegExp][] = [
  ['that answers in JSON: progress is not delivered', { enableJsonResponse: true }, [], /session .*…/],
  ['without event log', { eventLog: null }, [1, 2], /session .*…/],
  ['without sessions', { stateless: true }, [1, 2], /no session, handshake era/],
  ['without sessions, that answers in JSON', { stateless: true, enableJsonResponse: true }, [], /no session/],
];

describe.each(handshakeClients)('%s', (_name, connect) => {
  test.each(modes)('calls a server %s', async (_mode, options, expected, whoami) => {
    await using server = await servePlayground(options);
    await using client = await connect(`http://127.0.0.1:${server.port}/mcp`);
    const steps: number[] = [];
    const onProgress = (done: number) => steps.push(done);
    expect(await client.callTool('count', { to: 2, everyMs: 5 }, { onProgress })).toBe('Counted to 2');
    expect(steps).toEqual(expected);
    expect(await client.callTool('whoami')).toMatch(whoami);
    expect(client.errors).toEqual([]);
  });
});

test.each(modes)('client 2.x in the modern era calls a server %s: all the same', async (_mode, options) => {
  await using server = await servePlayground(options);
  await using client = await connectModern(`http://127.0.0.1:${server.port}/mcp`);
  const steps: number[] = [];
  const onProgress = (done: number) => steps.push(done);
  expect(await client.callTool('count', { to: 2, everyMs: 5 }, { onProgress })).toBe('Counted to 2');
  expect(steps).toEqual([1, 2]);
});
