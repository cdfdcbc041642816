import { expect, test } from 'vitest';
import { acceptBoth, initializeRequest, latest, type Parts } from './support/client.ts';
import { expectError } from './support/expect.ts';
import { byUser } from './support/principal.ts';
import { serve } from './support/serve.ts';

const ping = { jsonrpc: '2.0', id: 'p', method: 'ping' };

const notMessages: [why: string, body: unknown, id?: string | number][] = [
  ['the body is not a JSON object', 'text'],
  ['the body is not a JSON object', null],
  ['the body is not a JSON object', 7],
  ['"jsonrpc" must be "2.0"', { id: 1, method: 'ping' }, 1],
  ['"jsonrpc" must be "2.0"', { jsonrpc: '1.0', id: 1, method: 'ping' }, 1],
  ['"method" must be a string', { jsonrpc: '2.0', id: 'x', method: 7 }, 'x'],
  ['"params" must be an object', { jsonrpc: '2.0', id: 2, method: 'ping', params: [1] }, 2],
  ['"params" must be an object', { jsonrpc: '2.0', id: 2, method: 'ping', params: null }, 2],
  ['"id" must be a string or a safe integer', { jsonrpc: '2.0', id: null, method: 'ping' }],
  ['"id" must be a string or a safe integer', { jsonrpc: '2.0', id: 1.5, method: 'ping' }],
  ['"id" must be a string or a safe integer', { jsonrpc: '2.0', id: 2 ** 53, method: 'ping' }],
  ['it needs "method"', { jsonrpc: '2.0', id: 1 }, 1],
  ['it needs "method"', { jsonrpc: '2.0', id: 1, result: {}, error: { code: 1, message: '' } }, 1],
  ['"result" must be an object', { jsonrpc: '2.0', id: 1, result: 7 }, 1],
  ['"error" must have an integer "code" and a string "message"', { jsonrpc: '2.0', id: 1, error: { code: 'x' } }, 1],
  ['"id" must be a string or a safe integer', { jsonrpc: '2.0', result: {} }],
];

test('[P1] Accept must admit both types, by name or by range', async () => {
  await using server = await serve();
  const statusOf = async (accept: string | undefined) =>
    (await server.send({ body: initializeRequest(), headers: { accept } })).status;
  for (const accept of [
    acceptBoth,
    '*/*',
    'application/*, text/*',
    'application/json, text/*',
    'APPLICATION/JSON , Text/Event-Stream',
    'text/event-stream;q=0.1,application/json;q=0.001',
    'application/json;charset=utf-8, text/event-stream',
    '*/*;q=0, application/json, text/event-stream',
    'text/*;q=0, text/event-stream, application/json',
  ]) {
    expect(await statusOf(accept), accept).toBe(200);
  }
  for (const accept of [
    undefined,
    '',
    'application/json',
    'text/event-stream',
    'application/json, text/html',
    'application/jsonp, text/event-stream',
    'application/json;q=0, text/event-stream',
    'application/json, text/event-stream; q=0.000',
    '*/*, text/event-stream;q=0',
    '*/*, text/*;q=0',
    'application/json text/event-stream',
  ]) {
    expect(await statusOf(accept), accept).toBe(406);
  }
});

test('[P1] the refusal names what to send, and JSON alone suffices with enableJsonResponse', async () => {
  await using sse = await serve();
  const answer = await sse.send({ body: ping, headers: { accept: 'application/json' } });
  expectError(answer, 406, -32600, /^Not Acceptable: send Accept: application\/json, text\/event-stream\.$/);
  await using json = await serve({ enableJsonResponse: true });
  expect((await json.send({ body: initializeRequest(), headers: { accept: 'application/json' } })).status).toBe(200);
  const refused = await json.send({ body: ping, headers: { accept: 'text/event-stream' } });
  expectError(refused, 406, -32600, /^Not Acceptable: send Accept: application\/json\.$/);
});

test('[P2] Content-Type must be application/json, with any parameters', async () => {
  await using server = await serve();
  const send = (headers: Parts['headers']) => server.send({ body: initializeRequest(), headers });
  for (const type of ['application/json', 'Application/JSON;charset=UTF-8', 'application/json ; a=b']) {
    expect((await send({ 'content-type': type })).status, type).toBe(200);
  }
  for (const type of [
    undefined,
    '',
    'text/plain',
    'application/jsonp',
    'application/problem+json',
    'text/json;application/json',
  ]) {
    expectError(
      await send({ 'content-type': type }),
      415,
      -32600,
      /^Unsupported Media Type: send Content-Type: application\/json/,
    );
  }
});

test('[P2] any Content-Encoding answers 415', async () => {
  await using server = await serve();
  for (const encoding of ['gzip', 'br', 'identity']) {
    const answer = await server.send({ body: initializeRequest(), headers: { 'content-encoding': encoding } });
    expectError(answer, 415, -32600, /without Content-Encoding/);
  }
});

test.each(notMessages)('[P5] not a JSON-RPC message (%s: %j) answers 400, -32600', async (why, body, id) => {
  await using server = await serve();
  const session = await server.session();
  const answer = await session.send({ body: JSON.stringify(body) });
  expectError(answer, 400, -32600, /^Not a JSON-RPC request, notification or response: /, id);
  expect(answer.json.error.message).toContain(why);
});

test('[P5] an id is any string or safe integer', async () => {
  await using server = await serve();
  const session = await server.session();
  for (const id of [0, -1, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, '', '1', 'x'.repeat(1000)]) {
    const answer = await session.answer('ping', undefined, id);
    expect(answer.messages).toEqual([{ jsonrpc: '2.0', id, result: {} }]);
  }
});

test('[P7] no or empty session id answers 400', async () => {
  await using server = await serve();
  for (const headers of [{}, { 'mcp-session-id': '' }]) {
    expectError(
      await server.send({ body: ping, headers }),
      400,
      -32600,
      /^Missing session ID: send the Mcp-Session-Id header/,
      'p',
    );
    const { id: _, ...notification } = ping;
    expectError(await server.send({ body: notification, headers }), 400, -32600, /^Missing session ID/);
    const response = { jsonrpc: '2.0', id: 9, result: {} };
    expectError(await server.send({ body: response, headers }), 400, -32600, /^Missing session ID/);
  }
});

test('[P7] unknown session id answers 404', async () => {
  await using server = await serve();
  const answer = await server.send({ body: ping, headers: { 'mcp-session-id': 'never-seen' } });
  expect(answer.status).toBe(404);
  expect(answer.headers['content-type']).toBe('application/json');
  expect(answer.json).toEqual({
    jsonrpc: '2.0',
    id: 'p',
    error: {
      code: -32001,
      message: expect.stringMatching(/^Session not found\. .*initialize/),
      data: { reason: 'unknown' },
    },
  });
  const session = await server.session();
  const twice = await session.send({ body: ping, headers: { 'mcp-session-id': [session.id, session.id] } });
  expect(twice.status).toBe(404);
});

test('[P8] an unsupported version answers 400 and lists the supported ones, on every verb', async () => {
  await using server = await serve();
  const session = await server.session();
  const headers = { 'mcp-protocol-version': '1999-01-01' };
  const says =
    /^Unsupported MCP-Protocol-Version: "1999-01-01"\. This server speaks 2025-11-25, 2025-06-18, 2025-03-26\.$/;
  expectError(await session.send({ body: ping, headers }), 400, -32600, says, 'p');
  expectError(await session.send({ body: { jsonrpc: '2.0', method: 'n' }, headers }), 400, -32600, says);
  expectError(await session.send({ method: 'GET', headers }), 400, -32600, says);
  expectError(await session.send({ method: 'DELETE', headers }), 400, -32600, says);
  expect((await session.answer('ping')).status).toBe(200);
  for (const version of ['2024-11-05', '2025-11-25, 2025-11-25']) {
    const answer = await session.send({ body: ping, headers: { 'mcp-protocol-version': version } });
    expect(answer.status, version).toBe(400);
  }
});

test('[P8] absent, or supported but other than negotiated: accepted, the session governs, and it is traced', async () => {
  await using server = await serve({ traced: true });
  const session = await server.session('2025-06-18');
  for (const version of [undefined, '2025-06-18']) {
    const answer = await session.send({ body: ping, headers: { 'mcp-protocol-version': version } });
    expect(answer.messages).toEqual([{ jsonrpc: '2.0', id: 'p', result: {} }]);
  }
  const differs = () => server.traces.map(({ event }) => event).filter(({ type }) => type === 'version-differs');
  expect(differs()).toEqual([]);
  const answer = await session.send({ body: ping, headers: { 'mcp-protocol-version': '2025-11-25' } });
  // A stream of 2025-11-25 would begin with an event that primes.
  expect(answer.frames[0]?.comment).toBe('open');
  expect(differs()).toEqual([{ type: 'version-differs', negotiated: '2025-06-18', header: '2025-11-25' }]);
});

test('[P1] [P2] [P3] [P4] [P5] [P7] [P8] [P9] [P6] in this order', async () => {
  await using server = await serve({ maxRequestBytes: 500, principal: byUser });
  const session = await server.session();
  const broken: Parts = {
    body: `${'['.repeat(600)}`,
    headers: {
      'mcp-session-id': 'gone',
      'mcp-protocol-version': '1999-01-01',
      'x-user': 'someone else',
      accept: 'text/html',
      'content-type': 'text/plain',
    },
  };
  const fixes: Parts[] = [
    {},
    { headers: { accept: acceptBoth } },
    { headers: { 'content-type': 'application/json' } },
    { body: '['.repeat(100) },
    { body: '{"jsonrpc":"1.0"}' },
    { body: [ping] },
    { headers: { 'mcp-session-id': session.id } },
    { headers: { 'mcp-protocol-version': latest } },
    { headers: { 'x-user': undefined } },
    { body: ping },
  ];
  const seen: [status: number, code?: number, message?: string][] = [];
  let parts = broken;
  for (const fix of fixes) {
    parts = { ...parts, ...fix, headers: { ...parts.headers, ...fix.headers } };
    const answer = await server.send(parts);
    if (answer.status !== 400) seen.push([answer.status]);
    else seen.push([400, answer.json.error.code, answer.json.error.message.split(/[ :]/, 1)[0]]);
  }
  expect(seen).toEqual([
    [406],
    [415],
    [413],
    [400, -32700, 'Parse'],
    [400, -32600, 'Not'],
    [404],
    [400, -32600, 'Unsupported'],
    [403],
    [400, -32600, 'Send'],
    [200],
  ]);
});
