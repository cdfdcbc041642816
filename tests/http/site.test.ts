import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { brotliCompressSync, brotliDecompressSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type LocalServer, localServer } from '../lab/local-server.ts';
import { tempFolder } from '../setup/temp-folder.ts';

const policy = "default-src 'none'; script-src 'self' 'sha256-abc'";
const startPage = `<!doctype html><title>Start</title>${'<p>text</p>'.repeat(200)}`;
let folder: Awaited<ReturnType<typeof tempFolder>>;
let server: LocalServer;

beforeAll(async () => {
  folder = await tempFolder();
  const site = join(folder.path, 'dist');
  for (const name of ['start/watch', '_astro', 'pagefind']) mkdirSync(join(site, name), { recursive: true });
  const write = (name: string, content: string | Buffer) => writeFileSync(join(site, name), content);
  write('index.html', '<!doctype html><title>Home</title>');
  write('404.html', '<!doctype html><title>Not here</title>');
  write('start/watch/index.html', startPage);
  write('start/watch/index.html.br', brotliCompressSync(startPage));
  write('start/watch/index.html.gz', gzipSync(startPage));
  write('start/watch.md', '# Watch');
  write('_astro/page.abc123.js', 'export {};');
  write('_astro/font.abc123.woff2', Buffer.alloc(10));
  write('favicon.svg', '<svg xmlns="http://www.w3.org/2000/svg"/>');
  write('pagefind/pagefind.wasm', Buffer.alloc(4));
  write('.headers.json', JSON.stringify({ contentSecurityPolicy: policy }));
  writeFileSync(join(folder.path, 'secret.txt'), 'secret');
  server = await localServer({ siteFolder: site });
});
afterAll(async () => {
  await server.stop();
  await folder[Symbol.asyncDispose]();
});

const get = (path: string, init: RequestInit = {}) => fetch(`${server.origin}${path}`, { redirect: 'manual', ...init });

/** The path exactly as given: `fetch` would tidy it up first. */
function rawGet(
  path: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; body: Buffer; headers: Record<string, unknown> }> {
  return new Promise((resolve, reject) => {
    const { port } = new URL(server.origin);
    httpRequest({ host: '127.0.0.1', port, path, headers }, async (response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk as Buffer);
      resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks), headers: response.headers });
    })
      .on('error', reject)
      .end();
  });
}

describe('a page', () => {
  test('is HTML, revalidated, under the policy that the build wrote', async () => {
    const response = await get('/');
    expect(response.status).toBe(200);
    expect(await response.text()).toContain('Home');
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'text/html;charset=utf-8',
      'cache-control': 'no-cache',
      'content-security-policy': policy,
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'same-origin',
      'cross-origin-opener-policy': 'same-origin',
    });
    const etag = response.headers.get('etag') as string;
    expect((await get('/', { headers: { 'If-None-Match': etag } })).status).toBe(304);
  });

  test('has one address, with a final slash; the others lead to it and keep the query', async () => {
    expect((await get('/start/watch/')).status).toBe(200);
    for (const path of ['/start/watch', '/start/watch/index.html']) {
      const moved = await get(`${path}?lesson=1`);
      expect([moved.status, moved.headers.get('location')]).toEqual([301, '/start/watch/?lesson=1']);
    }
    expect((await get('/index.html')).headers.get('location')).toBe('/');
    expect(await (await get('/start/watch.md')).text()).toBe('# Watch');
  });

  test('is sent as it was compressed ahead of time, to who takes that', async () => {
    const brotli = await rawGet('/start/watch/', { 'Accept-Encoding': 'gzip, br' });
    expect(brotli.headers).toMatchObject({
      'content-encoding': 'br',
      vary: 'Accept-Encoding',
      'content-type': 'text/html;charset=utf-8',
    });
    expect(brotliDecompressSync(brotli.body).toString()).toBe(startPage);
    expect((await rawGet('/start/watch/', { 'Accept-Encoding': 'gzip' })).headers['content-encoding']).toBe('gzip');
    const plain = await rawGet('/start/watch/');
    expect(plain.headers['content-encoding']).toBeUndefined();
    expect(plain.body.toString()).toBe(startPage);
  });

  test('answers HEAD with the same head, and without body', async () => {
    const [head, full] = [await get('/start/watch/', { method: 'HEAD' }), await get('/start/watch/')];
    expect(head.status).toBe(200);
    expect(await head.text()).toBe('');
    for (const name of ['content-length', 'content-type', 'etag', 'cache-control', 'content-security-policy']) {
      expect(head.headers.get(name), name).toBe(full.headers.get(name));
    }
  });

  test('is sent whole when a range is asked for, however odd', async () => {
    for (const range of ['bytes=0-3', 'bytes=5-2', 'bytes=-1', 'bytes=x']) {
      const response = await get('/', { headers: { Range: range } });
      expect(response.status, range).toBe(200);
      expect(await response.text()).toContain('Home');
    }
  });
});

describe('other files', () => {
  test.each([
    ['/_astro/page.abc123.js', 'text/javascript'],
    ['/_astro/font.abc123.woff2', 'font/woff2'],
    ['/favicon.svg', 'image/svg+xml'],
    ['/pagefind/pagefind.wasm', 'application/wasm'],
  ])('%s is %s', async (path, type) => {
    expect((await get(path)).headers.get('content-type')).toBe(type);
  });

  test('with a hash in the name are kept for good, others are revalidated', async () => {
    expect((await get('/_astro/page.abc123.js')).headers.get('cache-control')).toBe(
      'public, max-age=31536000, immutable',
    );
    expect((await get('/favicon.svg')).headers.get('cache-control')).toBe('no-cache');
  });
});

describe('what is not there', () => {
  test.each([
    '/nowhere',
    '/start/',
    '/_astro/gone.js',
    '/404',
    '/404.html',
    '/.headers.json',
    '/%',
    '/%00',
    '/a%2e%2e/x',
    '//evil.example/..',
  ])('%s has the 404 page', async (path) => {
    const { status, body, headers } = await rawGet(path);
    expect(status).toBe(404);
    expect(body.toString()).toContain('Not here');
    expect(headers).toMatchObject({
      'content-type': 'text/html;charset=utf-8',
      'content-security-policy': policy,
      'cache-control': 'no-cache',
    });
  });

  test.each([
    '/../secret.txt',
    '/..%2fsecret.txt',
    '/%2e%2e/secret.txt',
    '/start/../../secret.txt',
    '/..\\secret.txt',
    '/start/%2e%2e%2f%2e%2e%2fsecret.txt',
  ])('%s does not leave the folder', async (path) => {
    const { status, body } = await rawGet(path);
    expect(status).toBe(404);
    expect(body.toString()).not.toContain('secret');
  });

  test.each(['/api', '/api/nowhere', '/labs/unknown'])(
    '%s, where programs ask, has a problem document',
    async (path) => {
      const response = await get(path);
      expect([response.status, response.headers.get('content-type')]).toEqual([404, 'application/problem+json']);
    },
  );

  test('other methods are refused, and told which are served', async () => {
    const response = await get('/', { method: 'POST', body: 'x' });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
  });
});

test('a file that is gone since the start breaks its own request off, and nothing else', async () => {
  await using folder = await tempFolder();
  for (const name of ['index.html', 'gone.txt']) writeFileSync(join(folder.path, name), 'x');
  await using rebuilt = await localServer({ siteFolder: folder.path });
  rmSync(join(folder.path, 'gone.txt'));
  await expect(fetch(`${rebuilt.origin}/gone.txt`).then((response) => response.text())).rejects.toThrow();
  expect((await fetch(rebuilt.origin)).status).toBe(200);
});

test('a request that is no HTTP, or asks for no path, loses its own connection only', async () => {
  const { port } = new URL(server.origin);
  for (const bytes of [
    '\0\x01\x02\r\n\r\n',
    'GET\r\n\r\n',
    'OPTIONS * HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
  ]) {
    const answer = await new Promise<string>((resolve) => {
      const socket = connect(Number(port), '127.0.0.1', () => socket.write(bytes));
      let text = '';
      socket.on('data', (chunk) => {
        text += chunk;
      });
      socket.on('close', () => resolve(text));
      socket.on('error', () => {});
    });
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  }
  expect((await get('/')).status).toBe(200);
});

test('without a build there is a plain 404, a strict policy, and a working API', async () => {
  await using bare = await localServer();
  expect(bare.logged()).toContain('The site is not built');
  expect((await fetch(bare.origin)).status).toBe(404);
  expect((await fetch(`${bare.origin}/api/deployments`)).status).toBe(200);
  await using empty = await tempFolder();
  writeFileSync(join(empty.path, 'index.html'), 'x');
  await using unfinished = await localServer({ siteFolder: empty.path });
  const response = await fetch(unfinished.origin);
  expect(response.headers.get('content-security-policy')).toMatch(/script-src 'self' 'wasm-unsafe-eval';/);
  // No page of its own: a problem document.
  expect((await fetch(`${unfinished.origin}/nowhere`)).headers.get('content-type')).toBe('application/problem+json');
});
