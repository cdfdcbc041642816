import { join } from 'node:path';
import { expect, test } from 'vitest';
import { tempFolder } from '../setup/temp-folder.ts';
import { until } from '../setup/until.ts';
import { startNodeServer } from './node-server.ts';
import { runSnippet } from './run-snippet.ts';

const topic = 'shared-state';

test('[B2] the server of the page: four processes, and each of twenty calls on fresh connections finds its session', async () => {
  await using folder = await tempFolder();
  await using four = await startNodeServer(`${topic}/server.ts`, { STORE: join(folder.path, 'sessions.db') });
  const output = await runSnippet('session-not-found/count.sh', { endpoint: four.endpoint });
  expect(output).toMatch(/^session [\w-]{20,}$/m);
  expect(output).toMatch(/^ *20 200$/m);
});

test('[B5] its processes are killed one after another, and the session stays', async () => {
  await using folder = await tempFolder();
  await using four = await startNodeServer(`${topic}/server.ts`, { STORE: join(folder.path, 'sessions.db') });
  const opened = await post(four.endpoint, 'initialize', {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 'test', version: '1' },
  });
  const session = opened.headers.get('mcp-session-id') ?? '';
  /** Who answers. A call may be lost with the process that takes it, and is sent again; the session may not. */
  const pid = () =>
    until('an answer', async () => {
      const answer = await post(four.endpoint, 'tools/call', { name: 'whoami' }, session);
      statuses.add(answer.status);
      return Number(/pid (\d+)/.exec(await answer.text())?.[1]);
    });
  const statuses = new Set<number>();
  const killed = new Set<number>();
  while (killed.size < 5) {
    const one = await pid();
    if (!killed.has(one)) process.kill(one, 'SIGKILL');
    killed.add(one);
  }
  expect(await pid()).toBeGreaterThan(0);
  expect([...statuses]).toEqual([200]);
});

/** A connection of its own each time, which is given up when the process that takes it dies before it says so. */
function post(endpoint: string, method: string, params: object, session?: string): Promise<Response> {
  return fetch(endpoint, {
    method: 'POST',
    headers: {
      connection: 'close',
      accept: 'application/json, text/event-stream',
      'content-type': 'application/json',
      ...(session && { 'mcp-session-id': session }),
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
    signal: AbortSignal.timeout(2_000),
  });
}
