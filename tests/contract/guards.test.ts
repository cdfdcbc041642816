import { expect, test } from 'vitest';
import { initializeRequest, type Parts } from './support/client.ts';
import { expectError } from './support/expect.ts';
import { httpText, RawConnection } from './support/raw.ts';
import { serve } from './support/serve.ts';

const initialize = (headers: Parts['headers'] = {}): Parts => ({ body: initializeRequest(), headers });

test('[G1] a Host that is not allowed answers 403, on every verb, and says which are allowed', async () => {
  await using server = await serve();
  for (const method of ['POST', 'GET', 'DELETE', 'OPTIONS', 'PUT']) {
    const answer = await server.send({ method, headers: { host: 'evil.example' } });
    expectError(
      answer,
      403,
      -32600,
      /^Invalid Host header: "evil\.example"\. .*localhost, 127\.0\.0\.1, \[::1\].*allowedHosts/,
    );
  }
});

test('[G1] loopback names pass with any port, any case and IPv6 brackets', async () => {
  await using server = await serve();
  for (const host of ['localhost', 'LOCALHOST:1', '127.0.0.1:65535', '[::1]', '[::1]:8080']) {
    expect((await server.send(initialize({ host }))).status, host).toBe(200);
  }
});

test('[G1] near misses of an allowed host are refused', async () => {
  await using server = await serve();
  for (const host of [
    'localhost.evil.example',
    'evil.localhost',
    'localhost:1:2',
    'localhost@evil.example',
    '::1',
    '[::1',
    'localhost/',
    'localhost:x',
    '',
  ]) {
    expect((await server.send(initialize({ host }))).status, host).toBe(403);
  }
});

test('[G1] an absent Host passes', async () => {
  await using server = await serve();
  const body = JSON.stringify(initializeRequest());
  using raw = await RawConnection.to(server.port);
  const lines = ['Accept: */*', 'Content-Type: application/json', `Content-Length: ${body.length}`];
  raw.send(httpText('POST', lines, body, '/mcp', 'HTTP/1.0'));
  expect(await raw.end()).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
});

test('[G1] two Host headers do not slip past: neither may be foreign', async () => {
  await using server = await serve();
  for (const hosts of [
    ['localhost', 'evil.example'],
    ['evil.example', 'localhost'],
  ]) {
    using raw = await RawConnection.to(server.port);
    raw.send(
      httpText('GET', [...hosts.map((host) => `Host: ${host}`), 'Accept: text/event-stream', 'Connection: close']),
    );
    expect(await raw.end(), hosts.join()).toMatch(/^HTTP\/1\.1 40[03] /);
  }
});

test('[G1] an absolute-form target is served like any other, and its Host is still checked', async () => {
  await using server = await serve();
  expect((await server.send({ ...initialize(), path: 'http://localhost/mcp' })).status).toBe(200);
  const foreign = await server.send({ ...initialize({ host: 'evil.example' }), path: 'http://localhost/mcp' });
  expect(foreign.status).toBe(403);
});

test('[O1] allowed hosts: a bare name fits any port, name:port only that one, any case', async () => {
  await using server = await serve({ allowedHosts: ['Example.com', 'api.example:8080', '[2001:db8::1]:99'] });
  const statusOf = async (host: string) => (await server.send(initialize({ host }))).status;
  for (const host of ['example.com', 'EXAMPLE.COM:1', 'api.example:8080', 'API.example:8080', '[2001:DB8::1]:99']) {
    expect(await statusOf(host), host).toBe(200);
  }
  for (const host of ['localhost', 'api.example', 'api.example:80', 'a.example.com', '[2001:db8::1]']) {
    expect(await statusOf(host), host).toBe(403);
  }
});

test('[G2] an Origin that is neither the same nor allowed answers 403', async () => {
  await using server = await serve();
  const answer = await server.send(initialize({ origin: 'https://evil.example' }));
  expectError(answer, 403, -32600, /^Invalid Origin header: "https:\/\/evil\.example"\. .*allowedOrigins/);
  expect(answer.headers['access-control-allow-origin']).toBeUndefined();
  const preflight = await server.send({
    method: 'OPTIONS',
    headers: { origin: 'https://evil.example', 'access-control-request-method': 'POST' },
  });
  expectError(preflight, 403, -32600, /Invalid Origin/);
});

test('[G1] what is quoted of a header ends after 80 characters', async () => {
  await using server = await serve();
  const quotedFrom = async (host: string) =>
    /"(.*?)"/.exec((await server.send(initialize({ host }))).json.error.message)?.[1];
  const name = `${'a'.repeat(72)}.example`;
  expect(name).toHaveLength(80);
  expect(await quotedFrom(name)).toBe(name);
  expect(await quotedFrom(`b${name}`)).toBe(`b${name.slice(0, 79)}…`);
});

test('[G2] null and malformed origins answer 403', async () => {
  await using server = await serve({ allowedOrigins: ['https://app.example'] });
  const origins = [
    'null',
    '',
    'app.example',
    'https://',
    'https://app.example/',
    'https://a b',
    'https://u@app.example',
  ];
  for (const origin of [
    ...origins,
    'https://app.example, https://app.example',
    '://app.example',
    '1https://app.example',
  ]) {
    expect((await server.send(initialize({ origin }))).status, origin).toBe(403);
  }
});

test('[G2] the same origin and an absent one pass', async () => {
  await using server = await serve();
  const host = `localhost:${server.port}`;
  const statusOf = async (headers: Parts['headers']) => (await server.send(initialize(headers))).status;
  expect(await statusOf({ host, origin: `http://${host}` })).toBe(200);
  expect(await statusOf({ host, origin: `https://${host}` })).toBe(200);
  expect(await statusOf({ host: 'localhost', origin: 'http://localhost:80' })).toBe(200);
  expect(await statusOf({ host: 'localhost:443', origin: 'https://localhost' })).toBe(200);
  expect(await statusOf({ host, origin: 'http://localhost:1' })).toBe(403);
  expect(await statusOf({ host: '127.0.0.1', origin: 'http://localhost' })).toBe(403);
  for (const scheme of ['ftp', 'constructor']) {
    expect(await statusOf({ host: 'localhost', origin: `${scheme}://localhost` }), scheme).toBe(403);
  }
  expect(await statusOf({ host })).toBe(200);
});

test('[O1] an origin entry with a scheme matches exactly, one without fits any scheme', async () => {
  await using server = await serve({ allowedOrigins: ['https://app.example', 'other.example', 'third.example:8443'] });
  const statusOf = async (origin: string) => (await server.send(initialize({ origin }))).status;
  for (const origin of [
    'https://app.example',
    'http://other.example',
    'https://other.example:8',
    'https://third.example:8443',
  ]) {
    expect(await statusOf(origin), origin).toBe(200);
  }
  for (const origin of [
    'http://app.example',
    'https://app.example:8443',
    'https://third.example',
    'https://x.other.example',
  ]) {
    expect(await statusOf(origin), origin).toBe(403);
  }
});

test('[G1] [G2] without the protection every Host and Origin passes', async () => {
  await using server = await serve({ enableDnsRebindingProtection: false });
  expect((await server.send(initialize({ host: 'evil.example', origin: 'https://other.example' }))).status).toBe(200);
});

test('[G4] a verb that is not served answers 405 with Allow', async () => {
  await using server = await serve();
  for (const method of ['PUT', 'PATCH', 'OPTIONS', 'PROPFIND']) {
    const answer = await server.send({ method });
    expectError(answer, 405, -32600, new RegExp(`^Method not allowed: "${method}"\\. .*POST, GET and DELETE`));
    expect(answer.headers.allow).toBe('GET, POST, DELETE');
  }
  const head = await server.send({ method: 'HEAD' });
  expect([head.status, head.text, head.headers.allow]).toEqual([405, '', 'GET, POST, DELETE']);
});

test('[S4] [G4] without sessions the only verb is POST, whichever other is tried', async () => {
  await using server = await serve({ stateless: true });
  for (const method of ['GET', 'DELETE', 'PUT', 'OPTIONS']) {
    const answer = await server.send({ method });
    expect([answer.status, answer.headers.allow], method).toEqual([405, 'POST']);
    expect(answer.json.error.message).toMatch(/keeps no sessions.* Use POST\.$/);
  }
});

test('[G1] [G2] [G4] [G5] in this order: Host before Origin before verb before era before Accept', async () => {
  await using server = await serve({ allowedOrigins: ['https://app.example'] });
  const broken: Record<string, string | undefined> = {
    host: 'evil.example',
    origin: 'https://evil.example',
    'mcp-protocol-version': '2026-07-28',
    accept: 'text/plain',
  };
  const messages: string[] = [];
  for (const fixed of [{}, { host: undefined }, { origin: 'https://app.example' }] as Parts['headers'][]) {
    for (const [name, value] of Object.entries(fixed ?? {})) {
      if (value === undefined) delete broken[name];
      else broken[name] = value as string;
    }
    messages.push((await server.send({ method: 'PUT', headers: broken })).json.error.message);
  }
  messages.push((await server.send({ method: 'GET', headers: broken })).json.error.message);
  delete broken['mcp-protocol-version'];
  messages.push((await server.send({ method: 'GET', headers: broken })).json.error.message);
  expect(messages.map((message) => message.split(':')[0])).toEqual([
    'Invalid Host header',
    'Invalid Origin header',
    'Method not allowed',
    'MCP-Protocol-Version "2026-07-28" has no GET without a session. Use POST.',
    'Not Acceptable',
  ]);
});
