import { expect, test } from 'vitest';
import type { Answer } from './support/answer.ts';
import { acceptBoth, initializeRequest, latest, type Parts } from './support/client.ts';
import { heldMethod, testHandler } from './support/handler.ts';
import { httpText, RawConnection } from './support/raw.ts';
import { serve } from './support/serve.ts';

const ping = { jsonrpc: '2.0', id: 'p', method: 'ping' };

function expectError(answer: Answer, status: number, code: number, says: RegExp, id?: string | number) {
  expect(answer.headers['content-type']).toBe('application/json');
  expect(answer.json).toEqual({
    jsonrpc: '2.0',
    ...(id === undefined ? {} : { id }),
    error: { code, message: expect.stringMatching(says) },
  });
  expect(answer.status).toBe(status);
}

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

const postLines = (...more: string[]) => [
  'Host: localhost',
  `Accept: ${acceptBoth}`,
  'Content-Type: application/json',
  ...more,
];

test('[P3] a body over maxRequestBytes by its header answers 413 before it is read, and closes', async () => {
  await using server = await serve({ maxRequestBytes: 1000 });
  using raw = await RawConnection.to(server.port);
  raw.send(httpText('POST', postLines('Content-Length: 1001')));
  const answer = await raw.end();
  expect(answer).toMatch(/^HTTP\/1\.1 413 /);
  expect(answer.toLowerCase()).toContain('connection: close');
  expect(answer).toContain('"code":-32600,"message":"Content Too Large: the body may have 1000 bytes."');
});

test('[P3] a body over maxRequestBytes by counting answers 413 and closes', async () => {
  await using server = await serve({ maxRequestBytes: 1000 });
  using raw = await RawConnection.to(server.port);
  raw.send(httpText('POST', postLines('Transfer-Encoding: chunked')));
  for (let i = 0; i < 3; i++) raw.send(`190\r\n${' '.repeat(400)}\r\n`);
  expect(await raw.end()).toMatch(/^HTTP\/1\.1 413 /);
});

test('[P3] a client that goes on sending still reads its 413', async () => {
  await using server = await serve({ maxRequestBytes: 1000 });
  for (let round = 0; round < 5; round++) {
    const answer = await server.send({ body: ' '.repeat(8_000_000) });
    expectError(answer, 413, -32600, /1000 bytes/);
  }
});

test('[P3] a body of exactly maxRequestBytes is read', async () => {
  const body = JSON.stringify(initializeRequest());
  await using server = await serve({ maxRequestBytes: body.length + 10 });
  expect((await server.send({ body: body + ' '.repeat(10) })).status).toBe(200);
  expect((await server.send({ body: body + ' '.repeat(11) })).status).toBe(413);
});

test('[P3] a body that takes longer than bodyTimeoutMs answers 408 and closes', async () => {
  await using server = await serve({ bodyTimeoutMs: 50 });
  for (const body of ['', '{"jsonrpc"']) {
    using raw = await RawConnection.to(server.port);
    raw.send(httpText('POST', postLines('Content-Length: 100'), body));
    const answer = await raw.end();
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(answer).toContain('Request Timeout: the body was not complete after 50 ms.');
  }
});

test('[P3] a slow body that is complete in time is served, whatever its pieces', async () => {
  await using server = await serve();
  using raw = await RawConnection.to(server.port);
  const body = new TextEncoder().encode(JSON.stringify(initializeRequest({}, 'äöü')));
  raw.send(httpText('POST', postLines(`Content-Length: ${body.length}`, 'Connection: close')));
  for (const byte of body) {
    raw.send(Uint8Array.of(byte));
    await new Promise(setImmediate);
  }
  expect(Buffer.from(await raw.end(), 'latin1').toString()).toMatch(/^HTTP\/1\.1 200 OK\r\n.*"id":"äöü"/s);
});

test('[P4] not UTF-8, not JSON, or too deep: 400, -32700', async () => {
  await using server = await serve({ maxJsonDepth: 5 });
  const invalid = Buffer.concat([
    Buffer.from('{"jsonrpc":"2.0","id":1,"method":"'),
    Buffer.of(0xc3, 0x28),
    Buffer.from('"}'),
  ]);
  expectError(await server.send({ body: invalid }), 400, -32700, /^Parse error: the body is not UTF-8\.$/);
  for (const body of ['', ' ', '{', '{"a":1}}', 'NaN', "{'a':1}", '\0', '{"a":"\n"}']) {
    expectError(await server.send({ body }), 400, -32700, /^Parse error: the body is not JSON\.$/);
  }
  const deep = (levels: number) => ({ body: '['.repeat(levels) + ']'.repeat(levels) });
  expectError(await server.send(deep(6)), 400, -32700, /^Parse error: the JSON is nested deeper than 5 levels\.$/);
  expectError(await server.send({ body: '['.repeat(1_000_000) }), 400, -32700, /nested deeper/);
  expect((await server.send(deep(5))).json.error.code).toBe(-32600);
  // Braces inside a string nest nothing.
  const text = await server.send({ body: { jsonrpc: '2.0', id: 1, method: '[[[[[[[[{{{{{{"\\"[[[' } });
  expect(text.json.error.message).toMatch(/^Missing session ID/);
});

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

test('an array answers 400 and says to send one message', async () => {
  await using server = await serve();
  const session = await server.session();
  for (const body of [[], [ping], [ping, ping]]) {
    expectError(await session.send({ body }), 400, -32600, /one JSON-RPC message per POST, not an array/);
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

test('[P1] [P2] [P3] [P4] [P5] [P7] [P8] in this order', async () => {
  await using server = await serve({ maxRequestBytes: 500 });
  const session = await server.session();
  const broken: Parts = {
    body: `${'['.repeat(600)}`,
    headers: {
      'mcp-session-id': 'gone',
      'mcp-protocol-version': '1999-01-01',
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
    { body: ping },
    { headers: { 'mcp-session-id': session.id } },
    { headers: { 'mcp-protocol-version': latest } },
  ];
  const seen: number[] = [];
  let parts = broken;
  for (const fix of fixes) {
    parts = { ...parts, ...fix, headers: { ...parts.headers, ...fix.headers } };
    const answer = await server.send(parts);
    seen.push(answer.status);
    if (answer.status === 400) seen.push(answer.json.error.code);
  }
  expect(seen).toEqual([406, 415, 413, 400, -32700, 400, -32600, 404, 400, -32600, 200]);
});

test('[P10] initialize answers one JSON object with the negotiated version and a session id', async () => {
  await using server = await serve();
  for (const [asked, given] of [
    ['2025-11-25', '2025-11-25'],
    ['2025-06-18', '2025-06-18'],
    ['2025-03-26', '2025-03-26'],
    ['2024-11-05', '2025-11-25'],
    ['2026-07-28', '2025-11-25'],
    ['', '2025-11-25'],
  ]) {
    const answer = await server.initialize({ protocolVersion: asked });
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toBe('application/json');
    expect(answer.headers['mcp-session-id']).toMatch(/^[\x21-\x7e]{22,256}$/);
    expect(answer.json).toEqual({
      jsonrpc: '2.0',
      id: 1,
      result: { protocolVersion: given, capabilities: { tools: {} }, serverInfo: { name: 'contract', version: '1' } },
    });
  }
});

test.each([
  [{ protocolVersion: undefined }, /protocolVersion must be a string/],
  [{ protocolVersion: 20251125 }, /protocolVersion must be a string/],
  [{ capabilities: undefined }, /capabilities must be an object/],
  [{ capabilities: [] }, /capabilities must be an object/],
  [{ clientInfo: 'me' }, /clientInfo must be an object/],
  [{ clientInfo: { version: '1' } }, /clientInfo\.name must be a string/],
  [{ clientInfo: { name: 'me', version: 1 } }, /clientInfo\.version must be a string/],
])(
  '[P10] initialize with %j is HTTP 200 with -32602, no session header and nothing left behind',
  async (over, says) => {
    await using server = await serve({ maxSessions: 1 });
    const answer = await server.initialize(over);
    expectError(answer, 200, -32602, new RegExp(`^Invalid initialize params: ${says.source}`), 1);
    expect(answer.headers['mcp-session-id']).toBeUndefined();
    expect(server.transport.inspect().sessions).toEqual([]);
    expect((await server.initialize()).status).toBe(200);
  },
);

test('[P10] initialize without params says what to send', async () => {
  await using server = await serve();
  const answer = await server.send({ body: { jsonrpc: '2.0', id: 1, method: 'initialize' } });
  expectError(answer, 200, -32602, /params are missing; send protocolVersion, capabilities and clientInfo/, 1);
});

test('[P10] an id supplied by the client is never adopted; with a live session initialize answers 400', async () => {
  await using server = await serve();
  const session = await server.session();
  const fresh = await server.initialize({}, { 'mcp-session-id': 'my-own-id' });
  expect(fresh.status).toBe(200);
  expect(fresh.headers['mcp-session-id']).not.toBe('my-own-id');
  const again = await server.initialize({}, { 'mcp-session-id': session.id });
  expectError(again, 400, -32600, /^Already initialized: .*leave out the Mcp-Session-Id header/, 1);
  expect(again.headers['mcp-session-id']).toBeUndefined();
  await session.delete();
  expect((await server.initialize({}, { 'mcp-session-id': session.id })).status).toBe(200);
});

test('[P10] initialize as a notification opens nothing', async () => {
  await using server = await serve();
  const { id: _, ...notification } = initializeRequest();
  expect((await server.send({ body: notification })).status).toBe(400);
  expect(server.transport.inspect().sessions).toEqual([]);
});

test('[P12] a notification and a response answer 202, empty', async () => {
  await using server = await serve();
  const session = await server.session();
  const bodies = [
    { jsonrpc: '2.0', method: 'notifications/roots/list_changed' },
    { jsonrpc: '2.0', id: 1, result: {} },
    { jsonrpc: '2.0', id: 'x', error: { code: 1, message: 'no' } },
    { jsonrpc: '2.0', error: { code: -32700, message: 'no id' } },
  ];
  for (const body of bodies) {
    const answer = await session.send({ body });
    expect([answer.status, answer.text, answer.headers['content-type']]).toEqual([202, '', undefined]);
    expect(answer.headers['content-length']).toBe('0');
  }
  expect(server.handler.notifications.map(({ method }) => method)).toEqual([
    'notifications/initialized',
    'notifications/roots/list_changed',
  ]);
  expect(server.handler.requests).toEqual([]);
});

test('[P14] a request is answered as an event stream, or as JSON by option', async () => {
  await using sse = await serve();
  const stream = await (await sse.session()).answer('echo', { a: ['ä', '\u2028'] }, 'x');
  expect([stream.status, stream.headers['content-type']]).toEqual([200, 'text/event-stream']);
  const expected = { jsonrpc: '2.0', id: 'x', result: { a: ['ä', '\u2028'] } };
  expect(stream.messages).toEqual([expected]);
  await using json = await serve({ enableJsonResponse: true });
  const object = await (await json.session()).answer('echo', { a: ['ä', '\u2028'] }, 'x');
  expect([object.status, object.headers['content-type']]).toEqual([200, 'application/json']);
  expect(object.json).toEqual(expected);
});

test.each([false, true])(
  '[P14] a JSON-RPC error of the handler is HTTP 200 (enableJsonResponse %s)',
  async (enableJsonResponse) => {
    const { RpcError } = await import('../../playground-server/transport/index.ts');
    const handler = testHandler({
      now: () => {
        throw new RpcError(-32602, 'Unknown tool', { name: 'x' });
      },
      later: async () => {
        throw new RpcError(-32002, 'Not here');
      },
    });
    await using server = await serve({ handler, enableJsonResponse });
    const session = await server.session();
    const [now, later] = [await session.answer('now', {}, 1), await session.answer('later', {}, 2)];
    expect([now.status, later.status]).toEqual([200, 200]);
    const bodies = enableJsonResponse ? [now.json, later.json] : [...now.messages, ...later.messages];
    expect(bodies).toEqual([
      { jsonrpc: '2.0', id: 1, error: { code: -32602, message: 'Unknown tool', data: { name: 'x' } } },
      { jsonrpc: '2.0', id: 2, error: { code: -32002, message: 'Not here' } },
    ]);
  },
);

test('[P17] a request past maxInFlight answers 429 with Retry-After, and one after an answer is served', async () => {
  const held = heldMethod();
  await using server = await serve({ handler: testHandler({ held: held.method }), maxInFlight: 2 });
  const session = await server.session();
  const other = await server.session();
  await session.call('held');
  await session.call('held');
  const refused = await session.send({ body: ping });
  expectError(refused, 429, -32603, /a session may have 2\. Wait for an answer\.$/, 'p');
  expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
  expect((await session.notify('n')).status).toBe(202);
  expect((await other.send({ body: ping })).status).toBe(200);
  (await held.begun()).answer({});
  expect((await session.send({ body: ping })).status).toBe(200);
});

test('[P17] past maxStreams a request and a GET answer 503 with Retry-After; a closed one makes room', async () => {
  const held = heldMethod();
  await using server = await serve({ handler: testHandler({ held: held.method }), maxStreams: 2 });
  const [first, second] = [await server.session(), await server.session()];
  const get = await first.get();
  await first.call('held');
  for (const refused of [await second.send({ body: ping }), await second.send({ method: 'GET' })]) {
    const id = refused.json.id;
    expectError(refused, 503, -32603, /^Too many open streams: this server holds 2\./, id);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
  }
  (await held.begun()).answer({});
  expect((await second.send({ body: ping })).status).toBe(200);
  expect(get.state).toBe('arriving');
});

test('[P17] maxInFlight goes before maxStreams, and duplicates before both', async () => {
  const held = heldMethod();
  const options = { maxInFlight: 1, maxStreams: 1, duplicateRequestIds: 'reject' } as const;
  await using server = await serve({ handler: testHandler({ held: held.method }), ...options });
  const session = await server.session();
  await session.call('held', {}, 1);
  expect((await session.answer('ping', {}, 1)).status).toBe(409);
  expect((await session.answer('ping', {}, 2)).status).toBe(429);
  expect((await (await server.session()).answer('ping', {}, 2)).status).toBe(503);
});
