import { expect, test } from 'vitest';
import { acceptBoth, type Parts } from './support/client.ts';
import { expectError } from './support/expect.ts';
import { type Method, testHandler } from './support/handler.ts';
import {
  capabilitiesKey,
  clientInfoKey,
  logLevelKey,
  modern,
  modernRequest,
  serverInfoKey,
  versionKey,
} from './support/modern.ts';
import { serve } from './support/serve.ts';
import { testInOneProcess } from './support/store.ts';

const unknown = 'v999.0.0';

test('[M0] what is wrong is told in the order of the contract: P1 to P5, then the version, then the rest', async () => {
  const needsRoots: Method = (_, context) => {
    context.require({ roots: {} });
    return {};
  };
  const handler = {
    ...testHandler({ 'tools/call': needsRoots }),
    serves: (method: string) => method === 'tools/call',
    headerParameters: () => [{ name: 'Region', path: ['region'], type: 'string' as const }],
  };
  await using server = await serve({ handler });
  // Every request is wrong in all the ways that come after the one that it is told of.
  const params = { name: 'x', arguments: { region: 'eu' } };
  const broken = { meta: { [capabilitiesKey]: 5 }, headers: { 'mcp-method': 'no', 'mcp-name': 'no' } };
  const versioned = (version: unknown, header: string | undefined): Parts =>
    modernRequest('tools/unknown', {
      params,
      meta: { ...broken.meta, [versionKey]: version },
      headers: { ...broken.headers, 'mcp-protocol-version': header },
    });
  const method = (name: string, headers: Parts['headers']): Parts => modernRequest(name, { params, headers });
  const steps: [string, Parts, number, number, RegExp][] = [
    ['P1', { ...versioned(7, unknown), headers: { accept: 'text/html', ...broken.headers } }, 406, -32600, /Accept/],
    ['P2', { ...versioned(7, unknown), headers: { 'content-type': 'text/plain' } }, 415, -32600, /Media Type/],
    ['P4', { body: '{', headers: versioned(7, unknown).headers }, 400, -32700, /JSON/],
    ['P5', { body: { jsonrpc: '2.0', id: 1 }, headers: versioned(7, unknown).headers }, 400, -32600, /JSON-RPC/],
    ['version missing, header unsupported', versioned(undefined, unknown), 400, -32022, /v999/],
    ['version missing, header supported', versioned(undefined, modern), 400, -32602, /protocolVersion" must be/],
    ['header differs', versioned(unknown, modern), 400, -32020, /MCP-Protocol-Version is "2026-07-28"/],
    ['header missing', versioned(unknown, undefined), 400, -32020, /MCP-Protocol-Version is missing/],
    ['unsupported', versioned(unknown, unknown), 400, -32022, /v999/],
    ['rest of M3', versioned(modern, modern), 400, -32602, /clientCapabilities" must be/],
    ['Mcp-Method', method('tools/call', { 'mcp-method': 'no', 'mcp-name': 'no' }), 400, -32020, /Mcp-Method is "no"/],
    ['Mcp-Name', method('tools/call', { 'mcp-name': 'no' }), 400, -32020, /Mcp-Name is "no"/],
    ['Mcp-Name of a method not served', method('prompts/get', { 'mcp-name': 'no' }), 400, -32020, /Mcp-Name is "no"/],
    ['M7', method('prompts/get', {}), 404, -32601, /prompts\/get/],
    ['M6', method('tools/call', {}), 400, -32020, /Mcp-Param-Region is missing/],
    ['M14', method('tools/call', { 'mcp-param-region': 'eu' }), 400, -32021, /roots/],
  ];
  for (const [step, parts, status, code, says] of steps) {
    const { status: got, json } = await server.send(parts);
    expect([step, got, json.error.code, json.error.message], step).toEqual([
      step,
      status,
      code,
      expect.stringMatching(says),
    ]);
  }
  // Only the last one reached the handler.
  expect(server.handler.requests).toHaveLength(1);
});

test.each(['GET', 'DELETE'])('[M1] %s answers 405: there is POST only', async (method) => {
  await using server = await serve();
  const answer = await server.send({ method, headers: { 'mcp-protocol-version': modern } });
  expectError(answer, 405, -32600, /Use POST/);
  expect(answer.headers.allow).toBe('POST');
});

test('[M1] Mcp-Session-Id and Last-Event-ID are ignored and never echoed', async () => {
  await using server = await serve();
  const session = await server.session();
  for (const id of [session.id, 'unknown', '']) {
    const headers = { 'mcp-session-id': id, 'last-event-id': '0.0' };
    const answer = await server.send(modernRequest('echo', { headers }));
    expect([answer.status, answer.headers['mcp-session-id']]).toEqual([200, undefined]);
  }
  // The session was not used, only named.
  expect((await session.answer('ping')).status).toBe(200);
});

test('[M1] an array is refused', async () => {
  await using server = await serve();
  const { body, headers } = modernRequest('echo');
  for (const messages of [[body, body], [body], []]) {
    expectError(await server.send({ body: messages, headers }), 400, -32600, /not an array/);
  }
  expect(server.handler.requests).toEqual([]);
});

test('[M2] a notification answers 202, empty, without any header of this era', async () => {
  await using server = await serve({ traced: true });
  const notification = { jsonrpc: '2.0', method: 'notifications/x', params: { _meta: { [versionKey]: modern } } };
  const byBody = await server.send({ body: notification });
  const byHeader = await server.send({
    body: { jsonrpc: '2.0', method: 'notifications/x' },
    headers: { 'mcp-protocol-version': modern },
  });
  for (const answer of [byBody, byHeader]) {
    expect([answer.status, answer.text, answer.headers['content-type']]).toEqual([202, '', undefined]);
  }
  const received = server.traces.filter(({ event }) => event.type === 'message-received');
  expect(received.map(({ event }) => event)).toEqual([
    { type: 'message-received', kind: 'notification', method: 'notifications/x' },
    { type: 'message-received', kind: 'notification', method: 'notifications/x' },
  ]);
});

test('[M2] a response is refused', async () => {
  await using server = await serve();
  const headers = { 'mcp-protocol-version': modern };
  for (const outcome of [{ result: {} }, { error: { code: 1, message: 'no' } }]) {
    const answer = await server.send({ body: { jsonrpc: '2.0', id: 1, ...outcome }, headers });
    expectError(answer, 400, -32600, /retrying the request/);
  }
});

const malformed: [string, Record<string, unknown>, RegExp][] = [
  ['protocolVersion missing', { [versionKey]: undefined }, /protocolVersion" must be a string/],
  ['protocolVersion no string', { [versionKey]: 20260728 }, /protocolVersion" must be a string/],
  ['clientCapabilities missing', { [capabilitiesKey]: undefined }, /clientCapabilities" must be an object/],
  ['clientCapabilities null', { [capabilitiesKey]: null }, /clientCapabilities" must be an object/],
  ['clientCapabilities an array', { [capabilitiesKey]: [] }, /clientCapabilities" must be an object/],
  ['clientInfo no object', { [clientInfoKey]: 'me' }, /clientInfo", if there is one/],
  ['clientInfo without name', { [clientInfoKey]: { version: '1' } }, /clientInfo", if there is one/],
  ['clientInfo without version', { [clientInfoKey]: { name: 'me' } }, /clientInfo", if there is one/],
  ['logLevel unknown', { [logLevelKey]: 'loud' }, /logLevel", if there is one.*emergency/],
];

test.each(malformed)('[M3] %s: 400, -32602, with the id', async (_, meta, says) => {
  await using server = await serve();
  expectError(await server.send(modernRequest('echo', { id: 'm', meta })), 400, -32602, says, 'm');
  expect(server.handler.requests).toEqual([]);
});

test('[M3] no params, no _meta, and a _meta that is no object: 400, -32602', async () => {
  await using server = await serve();
  const { headers } = modernRequest('server/discover');
  for (const params of [undefined, {}, { _meta: null }, { _meta: [] }, { _meta: 'x' }]) {
    const body = { jsonrpc: '2.0', id: 1, method: 'server/discover', params };
    expectError(await server.send({ body, headers }), 400, -32602, /protocolVersion" must be a string/, 1);
  }
});

test('[M3] without clientInfo a request is served; what _meta says reaches the handler', async () => {
  const seen: unknown[] = [];
  const handler = testHandler({
    'x/who': (_, { clientInfo, clientCapabilities, protocolVersion, session, state, requestId }) => {
      seen.push({ clientInfo, clientCapabilities, protocolVersion, session, state, requestId });
      return {};
    },
  });
  await using server = await serve({ handler });
  await server.send(modernRequest('x/who', { id: 'a' }));
  const clientInfo = { name: 'me', version: '1', title: 'Me' };
  const meta = { [clientInfoKey]: clientInfo, [capabilitiesKey]: { roots: {} } };
  await server.send(modernRequest('x/who', { id: 'b', meta }));
  const same = { protocolVersion: modern, session: null, state: undefined };
  expect(seen).toEqual([
    { ...same, clientInfo: null, clientCapabilities: {}, requestId: 'a' },
    { ...same, clientInfo, clientCapabilities: { roots: {} }, requestId: 'b' },
  ]);
});

test('[M3] who calls is what the option principal says, of this very request', async () => {
  const callers: unknown[] = [];
  const handler = testHandler({
    'x/who': (_, { principal }) => {
      callers.push(principal);
      return {};
    },
  });
  await using server = await serve({ handler, principal: (request) => request.header('x-caller') ?? null });
  for (const caller of ['ann', undefined, 'bob']) {
    await server.send(modernRequest('x/who', { headers: { 'x-caller': caller } }));
  }
  expect(callers).toEqual(['ann', null, 'bob']);
});

test('[M4] an unsupported version: 400, -32022, with the list of server/discover and what was asked for', async () => {
  await using server = await serve();
  const { supportedVersions } = (await server.send(modernRequest('server/discover'))).json.result;
  expect(supportedVersions).toContain(modern);
  for (const requested of [unknown, '1900-01-01', '2025-11-25', '']) {
    const meta = { [versionKey]: requested };
    const headers = { 'mcp-protocol-version': requested };
    const answer = await server.send(modernRequest('echo', { id: 4, meta, headers }));
    expect([answer.status, answer.json.id, answer.json.error.code]).toEqual([400, 4, -32022]);
    expect(answer.json.error.data).toEqual({ supported: supportedVersions, requested });
    expect(answer.json.error.message).toContain(modern);
  }
});

test('[M4] a version that only the header names, and that is not supported, is answered alike', async () => {
  await using server = await serve();
  const body = { jsonrpc: '2.0', id: 1, method: 'echo' };
  const answer = await server.send({ body, headers: { 'mcp-protocol-version': unknown, accept: acceptBoth } });
  expect([answer.status, answer.json.error.code, answer.json.error.data.requested]).toEqual([400, -32022, unknown]);
});

test('[M9] [M13] server/discover gives versions, capabilities, identity and instructions to a first request', async () => {
  const serverInfo = { name: 'contract', version: '1', title: 'Contract' };
  const description = { serverInfo, capabilities: { tools: { listChanged: true } }, instructions: 'Call echo.' };
  await using server = await serve({ handler: { ...testHandler(), describe: () => description } });
  const answer = await server.send(modernRequest('server/discover', { id: 'd' }));
  expect([answer.status, answer.headers['content-type']]).toEqual([200, 'application/json']);
  expect(answer.json).toEqual({
    jsonrpc: '2.0',
    id: 'd',
    result: {
      resultType: 'complete',
      supportedVersions: [modern],
      capabilities: { tools: { listChanged: true } },
      instructions: 'Call echo.',
      ttlMs: 0,
      cacheScope: 'private',
      _meta: { [serverInfoKey]: serverInfo },
    },
  });
  expect(server.handler.requests).toEqual([]);
});

testInOneProcess('[M13] [X2] server/discover is traced as any request is', async () => {
  await using server = await serve({ traced: true });
  await server.send(modernRequest('server/discover', { id: 'd' }));
  expect(server.traces.map(({ event }) => event)).toContainEqual({
    type: 'message-received',
    kind: 'request',
    method: 'server/discover',
    id: 'd',
  });
});

test('[M13] without instructions there is no such member', async () => {
  await using server = await serve();
  expect((await server.send(modernRequest('server/discover'))).json.result).not.toHaveProperty('instructions');
});
