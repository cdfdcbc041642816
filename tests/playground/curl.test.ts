import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { countCurl, curlOf, initializeCurl, shellQuote } from '../../src/playground/model/curl.ts';
import { type Exchange, gatherExchanges } from '../../src/playground/model/exchanges.ts';
import { bySessionMask } from '../../src/playground/model/session-mask.ts';
import { wireEvents } from './wire-events.ts';

/** What a shell makes of these commands: the arguments that a program called `curl` would get, for each. */
function argumentsOfAll(commands: readonly string[], env: Record<string, string> = {}): string[][] {
  const script = ['curl() { printf \'%s\\0\' "$#" "$@"; }', ...commands].join('\n');
  const out = execFileSync('bash', ['--norc', '--noprofile', '-c', script], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH ?? '', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const words = out.split('\0');
  return commands.map(() => words.splice(0, Number(words.shift())));
}

function argumentsIn(command: string, env?: Record<string, string>): string[] {
  return argumentsOfAll([command], env)[0] ?? [];
}

function exchange(change: Partial<Exchange>): Exchange {
  return { id: 'x1', wireId: 1, atMs: 0, frames: [], chunks: [], ...change };
}

const endpoint = 'http://localhost:4321/labs/abc/mcp';
const none = { endpoint, sessions: new Map<string, string>() };

describe('copy as curl', () => {
  test('a shell gets back any word that was quoted', () => {
    const word = fc
      .string({ unit: 'grapheme', maxLength: 40 })
      .filter((text) => !text.includes('\0') && text.isWellFormed());
    const nasty = fc.constantFrom(
      "'",
      "''",
      '"',
      '$HOME',
      '`id`',
      '\\',
      '\n',
      '!',
      "a'b'c",
      '-x',
      '*',
      '#',
      '\t',
      "\\'",
    );
    const command = fc.array(fc.oneof(word, nasty), { minLength: 1, maxLength: 8 });
    // Many commands for each shell: starting one takes longer than anything else here.
    fc.assert(
      fc.property(fc.array(command, { minLength: 1, maxLength: 60 }), (commands) => {
        const asTyped = commands.map((words) => `curl ${words.map(shellQuote).join(' ')}`);
        expect(argumentsOfAll(asTyped)).toEqual(commands);
      }),
      { numRuns: 12 },
    );
  });

  test('any body and any header value reach curl as they were', () => {
    const text = fc
      .string({ unit: 'grapheme', maxLength: 60 })
      .filter((value) => !/[\0\r\n]/.test(value) && value.isWellFormed());
    const value = text.filter((chars) => chars.trim() !== '');
    fc.assert(
      fc.property(fc.array(fc.record({ body: text, value }), { minLength: 1, maxLength: 60 }), (cases) => {
        const commands = cases.map(({ body, value }) => {
          const observed = exchange({
            request: {
              method: 'POST',
              target: '/',
              headers: [
                ['content-type', 'application/json'],
                ['X-Note', value],
              ],
            },
            body: { text: body, bytes: Buffer.byteLength(body), truncated: false },
          });
          return curlOf(observed, none);
        });
        argumentsOfAll(commands).forEach((words, index) => {
          expect(words[words.indexOf('--data-raw') + 1]).toBe(cases[index]?.body);
          expect(words).toContain(`X-Note: ${cases[index]?.value}`);
        });
      }),
      { numRuns: 12 },
    );
  });

  test("the masked id becomes the reader's own full id", () => {
    const full = '3f2a1b77-4d2e-4c33-9c01-aa5511fe009c';
    const log = wireEvents();
    log.request('x1', 'DELETE', [
      ['mcp-session-id', '3f2a…9c'],
      ['mcp-protocol-version', '2025-11-25'],
    ]);
    const observed = gatherExchanges(log.events).get('x1') as Exchange;
    const command = curlOf(observed, { endpoint, sessions: bySessionMask([full]) });
    expect(argumentsIn(command)).toEqual([
      '-i',
      '-X',
      'DELETE',
      endpoint,
      '-H',
      `mcp-session-id: ${full}`,
      '-H',
      'mcp-protocol-version: 2025-11-25',
    ]);
  });

  test('an id that only another client knows is asked for', () => {
    const observed = exchange({ request: { method: 'GET', target: '/', headers: [['Mcp-Session-Id', 'beef…00']] } });
    const command = curlOf(observed, none);
    expect(command.split('\n')[0]).toBe('# Session beef…00 was opened elsewhere: MCP_SESSION_ID must hold its id.');
    expect(argumentsIn(command, { MCP_SESSION_ID: 'the real one' })).toContain('Mcp-Session-Id: the real one');
  });

  test('what curl sends by itself, and what only a browser would say, is left out', () => {
    const headers: [string, string][] = [
      ['Host', 'localhost'],
      ['Connection', 'keep-alive'],
      ['Content-Length', '2'],
      ['Sec-Fetch-Mode', 'cors'],
      ['User-Agent', 'Mozilla/5.0'],
      ['Origin', 'http://localhost'],
      ['Accept', 'text/event-stream'],
      ['Cookie', '…'],
    ];
    const observed = exchange({ request: { method: 'GET', target: '/', headers } });
    expect(argumentsIn(curlOf(observed, none))).toEqual(['-i', endpoint, '-H', 'Accept: text/event-stream']);
  });

  test('an event stream is shown unbuffered, and a cut body says so', () => {
    const observed = exchange({
      request: { method: 'POST', target: '/', headers: [] },
      body: { text: '{', bytes: 99_999, truncated: true },
      frames: [{ wireId: 9, atMs: 1, kind: 'comment', raw: ': open\n\n' }],
    });
    const command = curlOf(observed, none);
    expect(command).toMatch(/^# The log keeps the beginning of a long body/);
    expect(argumentsIn(command)[0]).toBe('-iN');
  });

  test('the commands for a terminal are whole', () => {
    const open = argumentsIn(initializeCurl(endpoint));
    expect(JSON.parse(open.at(-1) ?? '')).toMatchObject({ method: 'initialize' });
    const count = argumentsIn(countCurl(endpoint, { id: "it's", protocolVersion: '2025-11-25' }));
    expect(count).toContain("Mcp-Session-Id: it's");
    expect(JSON.parse(count.at(-1) ?? '')).toMatchObject({ params: { name: 'count' } });
  });
});
