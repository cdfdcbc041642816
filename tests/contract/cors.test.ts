import { expect, test } from 'vitest';
import { serve } from './support/serve.ts';

test('[G3] a preflight from an allowed origin answers 204 with verbs and headers, Mcp-Param-* included', async () => {
  await using server = await serve({ allowedOrigins: ['https://app.example'] });
  const answer = await server.send({
    method: 'OPTIONS',
    headers: {
      origin: 'https://app.example',
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'content-type, mcp-param-city,X-Other, X-Mcp-Param-Mine, Mcp-Param-Bad Name',
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
  expect(headers.filter((name) => name.startsWith('x-'))).toEqual([]);
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

test('[G3] without a header that names the instance none is shown to the page', async () => {
  await using server = await serve({ allowedOrigins: ['https://app.example'] });
  const answer = await server.initialize({}, { origin: 'https://app.example' });
  const exposed = 'Mcp-Session-Id, MCP-Protocol-Version, Retry-After, WWW-Authenticate';
  expect(answer.headers['access-control-expose-headers']).toBe(exposed);
});

test('[G3] only OPTIONS that asks for a method is a preflight', async () => {
  await using server = await serve({ allowedOrigins: ['https://app.example'], traced: true });
  const origin = 'https://app.example';
  const asking = { origin, 'access-control-request-method': 'POST' };
  const called = await server.initialize({}, asking);
  expect([called.status, called.json.result.serverInfo.name]).toEqual([200, 'contract']);
  const plain = await server.send({ method: 'OPTIONS', headers: { origin } });
  expect([plain.status, plain.headers['access-control-allow-origin']]).toEqual([405, origin]);
  const refused = () => server.traces.filter(({ event }) => event.type === 'request-refused').length;
  expect(refused()).toBe(1);
  expect((await server.send({ method: 'OPTIONS', headers: asking })).status).toBe(204);
  // It is answered, and goes no further.
  expect(refused()).toBe(1);
});

test('[G3] without Origin, or from the same one, there are no CORS headers', async () => {
  await using server = await serve();
  const host = `127.0.0.1:${server.port}`;
  for (const answer of [await server.initialize(), await server.initialize({}, { host, origin: `http://${host}` })]) {
    expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
  }
});
