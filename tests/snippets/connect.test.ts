import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningServer, startServer } from '../setup/server.ts';
import { runSnippet } from './run-snippet.ts';

let server: RunningServer;
let endpoint: string;

beforeAll(async () => {
  server = await startServer();
  endpoint = `${server.origin}/mcp`;
});
afterAll(async () => {
  await server?.stop();
});

test('whoami: names the process that answers', async () => {
  const output = await runSnippet('connect/whoami.ts', { endpoint });
  expect(output).toContain(String(server.pid));
});

test('the Inspector lists the tools', async () => {
  const output = await runSnippet('connect/inspector.sh', { endpoint });
  const { tools } = JSON.parse(output.slice(output.indexOf('{'))) as { tools: { name: string }[] };
  expect(tools.map(({ name }) => name)).toEqual(expect.arrayContaining(['whoami', 'count', 'announce']));
});
