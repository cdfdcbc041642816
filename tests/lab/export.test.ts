import { expect, test } from 'vitest';
import * as z from 'zod';
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
            postData: z.strictObject({ mimeType: z.string(), text: z.string() }).optional(),
            headersSize: z.int().min(-1),
            bodySize: z.int().min(-1),
          }),
          response: z.strictObject({
            status: z.int().min(0),
            statusText: z.string(),
            httpVersion: z.string(),
            cookies: z.array(z.never()),
            headers: nameValues,
            content: z.strictObject({ size: z.int().min(0), mimeType: z.string(), text: z.string() }),
            redirectURL: z.string(),
            headersSize: z.int().min(-1),
            bodySize: z.int().min(-1),
          }),
          cache: z.strictObject({}),
          timings: z.strictObject({ send: z.number().min(0), wait: z.number().min(0), receive: z.number().min(0) }),
          connection: z.string(),
        })
        .catchall(z.unknown())
        .refine(
          (entry) =>
            custom.safeParse(Object.fromEntries(Object.entries(entry).filter(([key]) => !known.has(key)))).success,
        ),
    ),
  }),
});
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
  expect(counted).toMatchObject({ _process: 'p1', _stream: '1', _endedBy: 'server' });
  expect(JSON.parse(counted?.request.postData?.text ?? '')).toMatchObject({ method: 'tools/call' });

  const markdown = await lab.api('/export?format=md');
  expect(markdown.headers.get('content-type')).toBe('text/markdown; charset=utf-8');
  const transcript = await markdown.text();
  expect(transcript.match(/^## .*$/gm)?.map((title) => title.replace(/[\d.]+ s /, ''))).toEqual([
    '## initialize → 200',
    '## notifications/initialized → 202',
    '## tools/call count → 200',
    '## tools/call whoami → 404',
  ]);
  expect(transcript).toContain('Served by **p1**. ');

  const json = await (await lab.api('/export')).text();
  expect(JSON.parse(json)).toMatchObject({ schema: 1, events: expect.any(Array) });
  for (const whole of [text, transcript, json]) {
    expect(whole).not.toContain(session);
    expect(whole).not.toContain(lab.created.id);
    expect(whole).not.toContain(lab.created.token);
  }
  expect(await problemOf(await lab.api('/export?format=pdf'))).toMatchObject({ status: 400 });
});
