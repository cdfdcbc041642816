import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { root } from '../../scripts/lib/project.js';
import { until } from '../setup/until.ts';

/** `npm start` on a free port, in a process group of its own, as in a terminal. */
function npmStart(): { npm: ChildProcess; output: () => string; exited: Promise<unknown[]> } {
  const npm = spawn('npm', ['start'], { cwd: root, detached: true, env: { ...process.env, PORT: '0' } });
  let output = '';
  for (const stream of [npm.stdout, npm.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  return { npm, output: () => output, exited: once(npm, 'exit') };
}

/** A call of the playground's own server. Resolves when its answer has begun, to the whole of it. */
async function longCall(origin: string): Promise<{ answer: Promise<string> }> {
  const send = (method: string, params: object, headers = {}) =>
    fetch(`${origin}/mcp`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream', ...headers },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
    });
  const client = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'start', version: '1' } };
  const session = { 'mcp-session-id': (await send('initialize', client)).headers.get('mcp-session-id') };
  const count = { name: 'count', arguments: { to: 5, everyMs: 100 } };
  const response = await send('tools/call', count, session);
  return { answer: response.text() };
}

const hasEnded = (npm: ChildProcess) => npm.exitCode !== null || npm.signalCode !== null;
const originIn = (output: string) => /is at (http:\S+)\/$/m.exec(output)?.[1];

test.each([
  ['npm is told SIGTERM', (npm: ChildProcess) => npm.kill('SIGTERM')],
  ['Ctrl-C is pressed', (npm: ChildProcess) => process.kill(-(npm.pid as number), 'SIGINT')],
])(
  'npm start serves the site, and when %s the server stops in order and npm exits with 0',
  async (_how, tell) => {
    const { npm, output, exited } = npmStart();
    try {
      // The first start in a checkout installs and builds.
      const origin = await until('the server to listen', () => originIn(output()) ?? hasEnded(npm), 300_000);
      if (origin === true) throw new Error(`npm start ended before the server listened. It wrote:\n${output()}`);
      const page = await fetch(origin);
      expect(page.status).toBe(200);
      expect(await page.text()).toContain('Streamable HTTP Lab');
      const { answer } = await longCall(origin);

      tell(npm);
      // It was under way, and was let finish.
      expect(await answer).toContain('Counted to 5');
      expect(await exited).toEqual([0, null]);
      await expect(fetch(origin)).rejects.toThrow();
    } finally {
      if (!hasEnded(npm)) process.kill(-(npm.pid as number), 'SIGKILL');
    }
  },
  310_000,
);
