import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { copyWriters } from '../../src/playground/model/copy-as/index.ts';
import type { Exchange } from '../../src/playground/model/exchanges.ts';
import { parseRaw, rawText } from '../../src/playground/model/raw-request.ts';

const run = promisify(execFile);

interface Program {
  file: string;
  command: string;
  /** Checks it without running it, with all the warnings there are. */
  check?: string[];
}

const programs: Readonly<Record<string, Program>> = {
  TypeScript: { file: 'request.mts', command: process.execPath },
  Python: { file: 'request.py', command: 'python3' },
  Ruby: { file: 'request.rb', command: 'ruby', check: ['-wc'] },
};

interface Received {
  method: string | undefined;
  headers: IncomingHttpHeaders;
  body: string;
}

const received: Received[] = [];
const server = createServer((request, response) => {
  let body = '';
  request.setEncoding('utf8').on('data', (text: string) => {
    body += text;
  });
  request.on('end', () => {
    received.push({ method: request.method, headers: request.headers, body });
    response.writeHead(200, { 'content-type': 'text/event-stream' }).end('data: {"answer":"ß"}\n\n');
  });
});
let endpoint: string;
let folder: string;
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/labs/abc/mcp`;
  folder = await mkdtemp(join(tmpdir(), 'copy-as-'));
});
afterAll(async () => {
  server.close();
  await rm(folder, { recursive: true });
});

function exchange(method: string, headers: [string, string][], text?: string): Exchange {
  const body = text === undefined ? {} : { body: { text, bytes: Buffer.byteLength(text), truncated: false } };
  return { id: 'x1', wireId: 1, atMs: 0, frames: [], chunks: [], request: { method, target: '/', headers }, ...body };
}

// biome-ignore lint/suspicious/noTemplateCurlyInString: what must come through as it is.
const nasty = 'it\'s "quoted" \\ back\\\\slash\n#{x} ${y} `z` %s ß € 😀 \u2028 \u0007';
const post = exchange(
  'POST',
  [
    ['Host', 'elsewhere'],
    ['Accept', 'application/json, text/event-stream'],
    ['Content-Type', 'application/json'],
    ['Mcp-Session-Id', '3f2a…9c'],
    ['Mcp-Name', "it's \\ here"],
  ],
  JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'ask', arguments: { nasty } } }),
);

describe.each(copyWriters)('copy as $title', ({ title, write }) => {
  const { file, command, check } = programs[title] as Program;

  async function execute(source: string, env: Record<string, string> = {}): Promise<string> {
    const path = join(folder, file);
    await writeFile(path, source);
    if (check) expect(await run(command, [...check, path])).toEqual({ stdout: 'Syntax OK\n', stderr: '' });
    received.length = 0;
    const { stdout } = await run(command, [path], { env: { PATH: process.env.PATH ?? '', ...env } });
    return stdout;
  }

  test('the program sends the very request, and shows the answer', async () => {
    const source = write(post, { endpoint, sessions: new Map([['3f2a…9c', 'the-whole-id']]) });
    expect(source).toContain('the-whole-id');
    const shown = await execute(source);
    expect(received).toHaveLength(1);
    expect(received[0]).toMatchObject({ method: 'POST', body: post.body?.text });
    expect(received[0]?.headers).toMatchObject({
      accept: 'application/json, text/event-stream',
      'content-type': 'application/json',
      'mcp-session-id': 'the-whole-id',
      'mcp-name': "it's \\ here",
    });
    expect(received[0]?.headers.host).not.toBe('elsewhere');
    expect(shown).toContain('200 text/event-stream');
    expect(shown).toContain('data: {"answer":"ß"}');
  });

  test('a session of another client comes from outside, and DELETE has no body', async () => {
    const source = write(exchange('DELETE', [['mcp-session-id', '7be1…04']]), { endpoint, sessions: new Map() });
    expect(source).toMatch(/^(#|\/\/) Session 7be1…04 was opened elsewhere/);
    await execute(source, { MCP_SESSION_ID: 'from outside' });
    expect(received).toMatchObject([{ method: 'DELETE', headers: { 'mcp-session-id': 'from outside' }, body: '' }]);
  });
});

describe('a request as text', () => {
  test('what was sent can be read back', () => {
    const headers = [
      { name: 'accept', value: 'a, b' },
      { name: 'mcp-session-id', value: 'id' },
    ];
    const body = '{"a":"b\\n"}\n\n{"c":1}';
    const text = rawText({ endpoint, method: 'POST', headers, body, notes: [] });
    expect(text).toBe(`POST\naccept: a, b\nmcp-session-id: id\n\n${body}`);
    const expected = headers.map(({ name, value }) => [name, value]);
    expect(parseRaw(text)).toEqual({ method: 'POST', headers: expected, body, ignored: [] });
    const get = rawText({ endpoint, method: 'GET', headers: [], notes: [] });
    expect(parseRaw(get)).toEqual({ method: 'GET', headers: [], body: undefined, ignored: [] });
  });

  test('a whole request line will do, and an empty header, and what a browser sets itself is named', () => {
    expect(parseRaw('POST /mcp HTTP/1.1\r\nHost: a\r\nSec-Fetch-Mode: cors\r\nX-Empty:\r\n\r\n')).toEqual({
      method: 'POST',
      headers: [['X-Empty', '']],
      body: '',
      ignored: ['Host', 'Sec-Fetch-Mode'],
    });
  });

  test.each([
    ['', 'Line 1: a method is needed'],
    ['TRACE', 'Line 1: a browser sends no TRACE.'],
    ['POST\nno colon', 'Line 2: a header is'],
    ['POST\na: b\nbad name: c', 'Line 3: a header is'],
    ['POST\na: €', 'Line 2: a header cannot hold'],
    ['GET\na: b\n\nbody', 'A browser sends no body with GET.'],
  ])('%j is refused, with its line', (text, fault) => {
    expect(parseRaw(text)).toMatchObject({ fault: expect.stringContaining(fault) });
  });
});
