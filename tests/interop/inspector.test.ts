import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bin } from '../../scripts/lib/project.js';
import type { Served } from '../contract/support/serve.ts';
import { servePlayground } from '../mcp/support/playground.ts';
import { tempFolder } from '../setup/temp-folder.ts';

let server: Served;
beforeAll(async () => {
  server = await servePlayground();
});
afterAll(() => server[Symbol.asyncDispose]());

/** Runs the Inspector's command line, and gives what it printed. @throws when it exits with an error */
async function inspector(era: string, ...args: string[]): Promise<{ json: unknown; warnings: string }> {
  // It keeps a catalogue in the home folder, which is none of a test's business.
  await using home = await tempFolder();
  const endpoint = `http://127.0.0.1:${server.port}/mcp`;
  const options = ['--cli', endpoint, '--transport', 'http', '--protocol-era', era, ...args];
  const { stdout, stderr } = await promisify(execFile)(join(bin, 'mcp-inspector'), options, {
    env: { ...process.env, HOME: home.path },
  });
  return { json: JSON.parse(stdout), warnings: stderr };
}

describe.each([
  ['legacy', 'session .+, handshake era 2025-11-25'],
  ['modern', 'no session, modern era 2026-07-28'],
])("the Inspector's command line, era %s", (era, saysOfItself) => {
  test('lists the tools, and finds no fault with their schemas', async () => {
    const { json, warnings } = await inspector(era, '--method', 'tools/list', '--strict');
    const { tools } = json as { tools: { name: string }[] };
    expect(tools.map(({ name }) => name)).toEqual(
      'whoami count remember recall ask think slow announce chatter hang_up'.split(' '),
    );
    expect(warnings).toBe('');
  });

  test('calls a tool', async () => {
    const { json } = await inspector(era, '--method', 'tools/call', '--tool-name', 'whoami');
    expect(json).toMatchObject({ content: [{ text: expect.stringMatching(saysOfItself) }] });
  });

  test('reads a resource by its template, and gets a prompt', async () => {
    const read = await inspector(era, '--method', 'resources/read', '--uri', 'lab://process/p1');
    expect(read.json).toMatchObject({ contents: [{ uri: 'lab://process/p1', mimeType: 'application/json' }] });
    const args = ['--prompt-name', 'explain', '--prompt-args', 'error=sessionNotFound'];
    const got = await inspector(era, '--method', 'prompts/get', ...args);
    expect(got.json).toMatchObject({ messages: [{ content: { text: expect.stringContaining('HTTP 404') } }] });
  });

  test('lacks elicitation, and prints that the server says so', async () => {
    const call = inspector(era, '--method', 'tools/call', '--tool-name', 'ask');
    await expect(call).rejects.toMatchObject({ stderr: expect.stringContaining('elicitation') });
  });
});
