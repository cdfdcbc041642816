import { expect, test } from 'vitest';
import * as z from 'zod';
import { exportWire } from '../../playground-server/lab/export/index.ts';
import { lessonNamed } from '../../src/lessons/index.ts';
import { runLesson } from '../lessons/headless.ts';
import { localServer, problemOf, TestLab } from './local-server.ts';

const nameValues = z.array(z.strictObject({ name: z.string(), value: z.string() }));
const custom = z.record(z.string().startsWith('_'), z.unknown());
/** The HTTP Archive format, version 1.2: what it demands, and nothing else but fields that begin with `_`. */
const har = z.strictObject({
  log: z.strictObject({
    version: z.literal('1.2'),
    creator: z.strictObject({ name: z.string(), version: z.string() }),
    pages: z.array(z.never()),
    entries: z.array(
      z
        .object({
          startedDateTime: z.iso.datetime(),
          time: z.number().min(0),
          request: z.strictObject({
            method: z.string(),
            url: z.url(),
            httpVersion: z.string(),
            cookies: z.array(z.never()),
            headers: nameValues,
            queryString: nameValues,
            postData: z
              .strictObject({
                mimeType: z.string(),
                params: z.array(z.never()),
                text: z.string(),
                comment: z.string().optional(),
              })
              .optional(),
            headersSize: z.int().min(-1),
            bodySize: z.int().min(-1),
          }),
          response: z.strictObject({
            status: z.int().min(0),
            statusText: z.string(),
            httpVersion: z.string(),
            cookies: z.array(z.never()),
            headers: nameValues,
            content: z.strictObject({
              size: z.int().min(0),
              mimeType: z.string(),
              text: z.string(),
              comment: z.string().optional(),
            }),
            redirectURL: z.string(),
            headersSize: z.int().min(-1),
            bodySize: z.int().min(-1),
          }),
          cache: z.strictObject({}),
          timings: z.strictObject({ send: z.number().min(0), wait: z.number().min(0), receive: z.number().min(0) }),
          connection: z.string().min(1).optional(),
        })
        .catchall(z.unknown())
        .refine(
          (entry) =>
            custom.safeParse(Object.fromEntries(Object.entries(entry).filter(([key]) => !known.has(key)))).success,
        ),
    ),
  }),
});
const titlesIn = (transcript: string): string[] =>
  [...transcript.matchAll(/^## (.*)$/gm)].map(([, title]) => title as string);
/** The transcript cut at its titles: the text of each exchange. */
const exchangesIn = (transcript: string): string[] => transcript.split(/^## /m).slice(1);
/** What stands between the fences of this language. */
const blocksIn = (text: string, language: string): string[] =>
  [...text.matchAll(new RegExp(`^\`{3}${language}\\n(.*?)\\n\`{3}$`, 'gms'))].map(([, block]) => block as string);
const idsIn = (block: string | undefined): string[] =>
  [...(block ?? '').matchAll(/ id: (.*)$/gm)].map(([, id]) => id as string);
const settings = { beganAt: new Date(0), endpoint: 'http://127.0.0.1/labs/…/mcp' };
const known = new Set(['startedDateTime', 'time', 'request', 'response', 'cache', 'timings', 'connection']);

test('a lab is exported as HAR, Markdown and JSON, without secrets', async () => {
  await using server = await localServer();
  await using lab = await TestLab.create(server.origin, { deployment: 'forked', processes: 1 });
  const session = await lab.initialize();
  await (await lab.callTool(session, 'count', { to: 2, everyMs: 0 })).text();
  await (await lab.callTool('nobody-has-this-session', 'whoami', {}, 7)).text();
  await lab.wireOf(4);

  const archive = await lab.api('/export?format=har');
  expect(archive.headers.get('content-disposition')).toBe('attachment; filename="lab-forked.har"');
  const text = await archive.text();
  const { log } = har.parse(JSON.parse(text));
  expect(log.entries.map(({ request, response }) => [request.method, response.status])).toEqual([
    ['POST', 200],
    ['POST', 202],
    ['POST', 200],
    ['POST', 404],
  ]);
  const [, , counted] = log.entries;
  expect(counted?.response.content.text).toContain('"progress":2');
  expect(counted).toMatchObject({
    connection: expect.stringMatching(/^c\d$/),
    _process: 'p1',
    _stream: '1',
    _endedBy: 'server',
  });
  expect(log.entries[3]).toMatchObject({ _rule: 'P7' });
  expect(JSON.parse(counted?.request.postData?.text ?? '')).toMatchObject({ method: 'tools/call' });

  const markdown = await lab.api('/export?format=md');
  expect(markdown.headers.get('content-type')).toBe('text/markdown; charset=utf-8');
  const transcript = await markdown.text();
  expect(titlesIn(transcript)).toEqual([
    '1. The client opens a session',
    '2. The client is ready',
    '3. The client calls `count`',
    '4. The client calls `whoami`: 404 Not Found',
  ]);

  const json = await (await lab.api('/export')).text();
  expect(JSON.parse(json)).toMatchObject({ schema: 1, events: expect.any(Array) });
  for (const whole of [text, transcript, json]) {
    expect(whole).not.toContain(session);
    expect(whole).not.toContain(lab.created.id);
    expect(whole).not.toContain(lab.created.token);
  }
  expect(await problemOf(await lab.api('/export?format=pdf'))).toMatchObject({ status: 400 });
});

test('the transcript of a lost connection reads like a page', async () => {
  await using server = await localServer();
  const { events } = await runLesson(server.origin, lessonNamed('lose-the-connection'));
  const { text } = exportWire('md', events, settings);
  expect(titlesIn(text)).toEqual([
    '1. The client opens a session',
    '2. The client is ready',
    '3. The client calls `hang_up`',
    '4. The client comes back after event `1.2`',
    '5. The client lists the tools',
  ]);
  const [opening, , broken, resumed] = exchangesIn(text);

  // One block of events for each stream, every id in it, and in words where it went on.
  expect(blocksIn(broken ?? '', 'text').map(idsIn)).toEqual([['1.0', '1.1', '1.2']]);
  expect(broken).toContain('**The server closed the connection before the answer.**');
  expect(broken).toContain('exchange 4 goes on after event `1.2`.');
  expect(resumed).toContain('The stream of exchange 3 goes on.');
  expect(blocksIn(resumed ?? '', 'text').map(idsIn)).toEqual([['1.2', '1.3', '1.4', '1.5']]);
  expect(resumed).not.toContain('before the answer');

  // A body of a few lines is laid out and whole; what is long is cut, so that no line is a page of its own.
  const [, body = ''] = blocksIn(opening ?? '', 'http')[0]?.split('\n\n') ?? [];
  expect(body.split('\n').length).toBeGreaterThan(3);
  expect(JSON.parse(body)).toMatchObject({ method: 'initialize', params: { protocolVersion: '2025-11-25' } });
  expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThan(320);

  // Headers that say nothing about MCP are left out, and what every request bears is said once.
  expect(text).not.toMatch(/^(host|date|connection|user-agent|lab-process|vary|keep-alive):/im);
  expect(text.match(/^Content-Type: application\/json$/gm)).toHaveLength(2);
  // In front of one process there was nothing to choose.
  expect(text).not.toContain('Served by');
});

test('the transcript of a lost session says who was chosen, why, and what was not there', async () => {
  await using server = await localServer();
  const { events } = await runLesson(server.origin, lessonNamed('sticky-then-kill'));
  const { text } = exportWire('md', events, settings);
  const lost = exchangesIn(text).filter((section) => section.includes(': 404 Not Found'));
  expect(lost).toHaveLength(4);
  for (const section of lost) {
    expect(section).toMatch(
      /^Served by \*\*(p\d)\*\*\. Learned: \1 opened this session\. \*\*\1 has no session `.*`\.\*\*$/m,
    );
  }
  expect(text).toMatch(/^\*\*\d+\.\d{3} s\*\* SIGKILL was sent to p\d, pid \d+\.$/m);
});
