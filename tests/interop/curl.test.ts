import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningServer, startServer } from '../setup/server.ts';
import { until } from '../setup/until.ts';

let server: RunningServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

interface Curl extends Disposable {
  process: ChildProcess;
  /** Status line, headers and body, as far as they have come. */
  output: () => string;
  done: Promise<string>;
}

/** The real curl, with response headers in its output and nothing held back. */
function curl(...args: string[]): Curl {
  const child = spawn('curl', [
    '--silent',
    '--show-error',
    '--include',
    '--no-buffer',
    ...args,
    `${server.origin}/mcp`,
  ]);
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  const done = once(child, 'close').then(() => output);
  return { process: child, output: () => output, done, [Symbol.dispose]: () => void child.kill() };
}

const headers = (...lines: string[]) => lines.flatMap((line) => ['--header', line]);
const post = (message: unknown, ...lines: string[]) =>
  curl(
    ...headers('Content-Type: application/json', 'Accept: application/json, text/event-stream', ...lines),
    '--data',
    JSON.stringify(message),
  );

const initialize = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'curl', version: '1' } },
};

async function openSession(): Promise<string[]> {
  const answer = await post(initialize).done;
  expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  const id = /^mcp-session-id: (.+)\r$/im.exec(answer)?.[1] as string;
  const session = [`Mcp-Session-Id: ${id}`, 'MCP-Protocol-Version: 2025-11-25'];
  const accepted = await post({ jsonrpc: '2.0', method: 'notifications/initialized' }, ...session).done;
  expect(accepted).toMatch(/^HTTP\/1\.1 202 Accepted\r\n/);
  return session;
}

test('each event of a call arrives by itself, while the call runs', async () => {
  const session = await openSession();
  using call = post(
    {
      jsonrpc: '2.0',
      id: 2,
      method: 'tools/call',
      params: { name: 'count', arguments: { to: 3, everyMs: 500 }, _meta: { progressToken: 'steps' } },
    },
    ...session,
  );
  await until('the first event', () => call.output().includes('"progress":1'));
  expect(call.output()).not.toContain('"progress":2');
  expect(call.output()).toMatch(/^content-type: text\/event-stream/im);
  await until('the second event', () => call.output().includes('"progress":2'));
  expect(call.output()).not.toContain('"id":2');

  const all = await call.done;
  expect(all.indexOf('"progress":3')).toBeGreaterThan(all.indexOf('"progress":2'));
  expect(all.indexOf('"id":2')).toBeGreaterThan(all.indexOf('"progress":3'));
});

test('an announcement arrives on the GET stream and not on the stream of the call that caused it', async () => {
  const session = await openSession();
  using listener = curl(...headers('Accept: text/event-stream', ...session));
  await until('the GET stream to open', () => /^HTTP\/1\.1 200 OK\r\n.*\r\n\r\n/s.test(listener.output()));
  const call = await post(
    { jsonrpc: '2.0', id: 2, method: 'tools/call', params: { name: 'announce', arguments: {} } },
    ...session,
  ).done;
  expect(call).toContain('"id":2');
  expect(call).not.toContain('notifications/tools/list_changed');
  await until('the announcement', () => listener.output().includes('notifications/tools/list_changed'));
});

test('DELETE ends the session and its GET stream; afterwards the id answers 404', async () => {
  const session = await openSession();
  using listener = curl(...headers('Accept: text/event-stream', ...session));
  await until('the GET stream to open', () => listener.output().includes('\r\n\r\n'));
  const ended = await curl('--request', 'DELETE', ...headers(...session)).done;
  expect(ended).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  await listener.done;
  expect(listener.process.exitCode).toBe(0);
  const after = await post({ jsonrpc: '2.0', id: 3, method: 'tools/list' }, ...session).done;
  expect(after).toMatch(/^HTTP\/1\.1 404 Not Found\r\n/);
});
