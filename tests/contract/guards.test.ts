import { expect, test } from 'vitest';
import { initializeRequest, type Parts } from './support/client.ts';
import { httpText, RawConnection } from './support/raw.ts';
import { type Served, serve } from './support/serve.ts';

const initialize = (headers: Parts['headers'] = {}): Parts => ({ body: initializeRequest(), headers });

/** What a refusal before any body was read looks like. */
function expectRefusal(answer: Awaited<ReturnType<Served['send']>>, status: number, says: RegExp, code = -32600) {
  expect(answer.status).toBe(status);
  expect(answer.headers['content-type']).toBe('application/json');
  expect(answer.json).toEqual({ jsonrpc: '2.0', error: { code, message: expect.stringMatching(says) } });
}

test('[G1] a Host that is not allowed answers 403, on every verb, and says which are allowed', async () => {
  await using server = await serve();
  for (const method of ['POST', 'GET', 'DELETE', 'OPTIONS', 'PUT']) {
    const answer = await server.send({ method, headers: { host: 'evil.example' } });
    expectRefusal(
      answer,
      403,
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
  expectRefusal(answer, 403, /^Invalid Origin header: "https:\/\/evil\.example"\. .*allowedOrigins/);
  expect(answer.headers['access-control-allow-origin']).toBeUndefined();
  const preflight = await server.send({
    method: 'OPTIONS',
    headers: { origin: 'https://evil.example', 'access-control-request-method': 'POST' },
  });
  expectRefusal(preflight, 403, /Invalid Origin/);
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
  for (const origin of [...origins, 'https://app.example, https://app.example', '://app.example']) {
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

test('[G3] a preflight from an allowed origin answers 204 with verbs and headers, Mcp-Param-* included', async () => {
  await using server = await serve({ allowedOrigins: ['https://app.example'] });
  const answer = await server.send({
    method: 'OPTIONS',
    headers: {
      origin: 'https://app.example',
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'content-type, mcp-param-city,X-Other, Mcp-Param-Bad Name',
    },
  });
  expect(answer.status).toBe(204);
  expect(answer.text).toBe('');
  expect(answer.headers['content-length']).toBeUndefined();
  expect(answer.headers['access-control-allow-origin']).toBe('https://app.example');
  expect(answer.headers['access-control-allow-methods']).toBe('GET, POST, DELETE');
  const headers = String(answer.headers['access-control-allow-headers']).toLowerCase().split(', ');
  const known = ['accept', 'authorization', 'content-type', 'last-event-id', 'mcp-protocol-version', 'mcp-session-id'];
  for (const name of [...known, 'mcp-method', 'mcp-name', 'mcp-param-city']) expect(headers).toContain(name);
  expect(headers).not.toContain('x-other');
  expect(headers.join()).not.toContain('bad');
  expect(answer.headers.vary).toBe('Origin');
  expect(answer.headers['access-control-allow-credentials']).toBeUndefined();
});

test('[G3] every answer to an allowed cross-origin request carries CORS headers, errors and streams included', async () => {
  await using server = await serve({
    allowedOrigins: ['https://app.example'],
    instanceHeader: 'Lab-Process',
    instanceName: 'p1',
  });
  const origin = 'https://app.example';
  const session = await server.session();
  const answers = {
    initialize: await server.initialize({}, { origin }),
    406: await server.send({ body: {}, headers: { origin, accept: undefined } }),
    404: await server.send({ method: 'DELETE', headers: { origin, 'mcp-session-id': 'gone' } }),
    405: await server.send({ method: 'PUT', headers: { origin } }),
    202: await session.send({ body: { jsonrpc: '2.0', method: 'n' }, headers: { origin } }),
    stream: await session.send({ body: { jsonrpc: '2.0', id: 1, method: 'ping' }, headers: { origin } }),
    get: await session.open({ method: 'GET', headers: { origin } }),
    delete: await session.send({ method: 'DELETE', headers: { origin } }),
  };
  for (const [name, answer] of Object.entries(answers)) {
    expect(answer.headers['access-control-allow-origin'], name).toBe(origin);
    expect(answer.headers.vary, name).toBe('Origin');
    const exposed = String(answer.headers['access-control-expose-headers']).split(', ');
    expect(exposed, name).toEqual(
      expect.arrayContaining([
        'Mcp-Session-Id',
        'MCP-Protocol-Version',
        'Retry-After',
        'WWW-Authenticate',
        'Lab-Process',
      ]),
    );
    expect(answer.headers['lab-process'], name).toBe('p1');
  }
});

test('[G3] without Origin, or from the same one, there are no CORS headers', async () => {
  await using server = await serve();
  const host = `127.0.0.1:${server.port}`;
  for (const answer of [await server.initialize(), await server.initialize({}, { host, origin: `http://${host}` })]) {
    expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
  }
});

test('[G4] a verb that is not served answers 405 with Allow', async () => {
  await using server = await serve();
  for (const method of ['PUT', 'PATCH', 'OPTIONS', 'TRACE', 'PROPFIND']) {
    const answer = await server.send({ method });
    expectRefusal(answer, 405, new RegExp(`^Method not allowed: "${method}"\\. .*POST, GET and DELETE`));
    expect(answer.headers.allow).toBe('GET, POST, DELETE');
  }
  const head = await server.send({ method: 'HEAD' });
  expect([head.status, head.text, head.headers.allow]).toEqual([405, '', 'GET, POST, DELETE']);
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

const modernKey = 'io.modelcontextprotocol/protocolVersion';
const modernRequest = (method: string) => ({
  jsonrpc: '2.0',
  id: 'm',
  method,
  params: { _meta: { [modernKey]: '2026-07-28' } },
});

test('[G5] a body with the _meta version key is modern, whatever its headers', async () => {
  await using server = await serve();
  const session = await server.session();
  for (const method of ['tools/list', 'initialize', 'server/discover']) {
    for (const headers of [{}, session.headers, { 'mcp-protocol-version': '2025-11-25' }]) {
      const answer = await server.send({ body: modernRequest(method), headers });
      expect(answer.status).toBe(400);
      expect(answer.json).toMatchObject({
        id: 'm',
        error: { code: -32600, message: expect.stringContaining('initialize') },
      });
      expect(answer.json.error.data).toEqual({ supported: ['2025-11-25', '2025-06-18', '2025-03-26'] });
    }
  }
  const { id: _, ...notification } = modernRequest('notifications/x');
  const answer = await server.send({ body: notification, headers: session.headers });
  expect([answer.status, 'id' in answer.json]).toEqual([400, false]);
  expect(server.handler.requests).toEqual([]);
});

test('[G5] without that key a modern or unknown version without session id is modern, initialize is not', async () => {
  await using server = await serve();
  const session = await server.session();
  const ping = { jsonrpc: '2.0', id: 1, method: 'ping' };
  for (const version of ['2026-07-28', '2030-01-01', 'nonsense']) {
    const headers = { 'mcp-protocol-version': version };
    const modern = await server.send({ body: ping, headers });
    expect([modern.status, modern.json.id]).toEqual([400, 1]);
    expect(modern.json.error.message).toMatch(/^This server speaks 2025-11-25, .*initialize/);
    // With a session id it is a request of the handshake era that names a version we do not speak (P8).
    const handshake = await session.send({ body: ping, headers });
    expect(handshake.json.error.message).toMatch(/^Unsupported MCP-Protocol-Version/);
    expect((await server.send({ body: initializeRequest(), headers })).status).toBe(200);
  }
});

test('[G5] all else, and the version 2024-11-05, is the handshake era', async () => {
  await using server = await serve();
  for (const version of [undefined, '2024-11-05', '2025-03-26', '2025-11-25']) {
    const headers = { 'mcp-protocol-version': version };
    const answer = await server.send({ body: { jsonrpc: '2.0', id: 1, method: 'ping' }, headers });
    expect(answer.json.error.message, String(version)).toMatch(/^Missing session ID/);
    expect((await server.send({ method: 'GET', headers })).json.error.message).toMatch(/^Missing session ID/);
  }
  const lookalike = { jsonrpc: '2.0', id: 1, method: 'ping', params: { _meta: { progressToken: 1 } } };
  expect((await server.send({ body: lookalike })).json.error.message).toMatch(/^Missing session ID/);
});

test('[G5] GET and DELETE with a modern version and no session id answer 405', async () => {
  await using server = await serve();
  for (const method of ['GET', 'DELETE']) {
    const answer = await server.send({ method, headers: { 'mcp-protocol-version': '2026-07-28' } });
    expectRefusal(answer, 405, new RegExp(`2026-07-28.*${method}.*Use POST`));
    expect(answer.headers.allow).toContain('POST');
  }
});

test('[G6] the id is echoed whenever one was parsed, strings and numbers as they are, and absent otherwise', async () => {
  await using server = await serve();
  for (const id of [0, -7, 1, '1', '', 'ä\u2028', Number.MAX_SAFE_INTEGER]) {
    const answer = await server.send({ body: { jsonrpc: '2.0', id, method: 'ping' } });
    expect(answer.json).toEqual({ jsonrpc: '2.0', id, error: { code: -32600, message: expect.any(String) } });
  }
  for (const id of [null, 1.5, 2 ** 53, true, {}, []]) {
    const answer = await server.send({ body: { jsonrpc: '2.0', id, method: 'ping' } });
    expect(answer.json, String(id)).toEqual({ jsonrpc: '2.0', error: { code: -32600, message: expect.any(String) } });
  }
});

test('[G6] what a client sent stands in a message quoted, on one line and shortened', async () => {
  await using server = await serve();
  const { message } = (await server.send(initialize({ host: `${'h'.repeat(500)}"{allowed}` }))).json.error;
  expect(message.length).toBeLessThan(300);
  expect(message).toContain(`"${'h'.repeat(80)}…"`);
  const session = await server.session();
  const braces = await session.send({ method: 'GET', headers: { 'mcp-protocol-version': '{supported}"' } });
  expect(braces.json.error.message).toContain('"{supported}\\""');
});
