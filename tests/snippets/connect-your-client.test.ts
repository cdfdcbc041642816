import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checklistOf } from '../../src/playground/model/checklist.ts';
import { clientCommands } from '../../src/playground/model/client-commands.ts';
import { type RunningServer, startServer } from '../setup/server.ts';
import { runSnippet } from './run-snippet.ts';

const topic = 'connect-your-client';
const page = readFileSync(new URL('../../content/docs/start/connect-your-client.mdx', import.meta.url), 'utf8');
let server: RunningServer;
let endpoint: string;

beforeAll(async () => {
  server = await startServer();
  endpoint = `${server.origin}/mcp`;
});
afterAll(async () => {
  await server?.stop();
});

const commandOf = (id: string): string => clientCommands(endpoint).find((command) => command.id === id)?.text ?? '';

describe('the clients', () => {
  test('TypeScript SDK 2.x: in the modern era, when told to ask', async () => {
    const output = await runSnippet(`${topic}/client-2.ts`, { endpoint });
    expect(output).toMatch(/^version 2026-07-28$/m);
    expect(output).toContain(`pid ${server.pid}, no session`);
  });

  test('TypeScript SDK 1.x: in the handshake era', async () => {
    const output = await runSnippet(`${topic}/client-1.ts`, { endpoint });
    expect(output).toMatch(/^version 2025-11-25$/m);
    expect(output).toContain(`pid ${server.pid}, session`);
  });

  test('the command of the Inspector', async () => {
    const child = spawn('bash', ['-c', commandOf('inspector')], { stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    for await (const chunk of child.stdout) output += chunk;
    expect(output).toContain(`pid ${server.pid}`);
  });
});

describe('the entries of editors, which are not run here', () => {
  test('Claude Code: one command, whose words a shell takes apart as meant', async () => {
    const echo = commandOf('claude-code').replace(/^claude /, 'printf "%s\\n" ');
    const child = spawn('bash', ['-c', echo], { stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    for await (const chunk of child.stdout) output += chunk;
    expect(output.trim().split('\n')).toEqual(['mcp', 'add', '--transport', 'http', 'streamable-http-lab', endpoint]);
  });

  test.each([
    ['vscode', 'servers', { type: 'http', url: '' }],
    ['cursor', 'mcpServers', { url: '' }],
  ])('%s: JSON with the address in it', (id, key, entry) => {
    expect(JSON.parse(commandOf(id))).toEqual({ [key]: { 'streamable-http-lab': { ...entry, url: endpoint } } });
  });
});

test('the page has every demand that the checklist of a lab judges', () => {
  for (const { demand } of checklistOf([], 'any')) expect(page).toContain(demand);
});
