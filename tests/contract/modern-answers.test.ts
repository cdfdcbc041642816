import { expect, test } from 'vitest';
import { type JsonObject, RpcError } from '../../playground-server/transport/index.ts';
import { expectError } from './support/expect.ts';
import { type Method, type TestHandler, testHandler } from './support/handler.ts';
import { modernRequest, serverInfoKey } from './support/modern.ts';
import { serve } from './support/serve.ts';

const serverInfo = { name: 'contract', version: '1' };
const identity = { [serverInfoKey]: serverInfo };
const throws =
  (code: number, data?: JsonObject): Method =>
  () => {
    throw new RpcError(code, `Error ${code}`, data);
  };
const rejects =
  (code: number): Method =>
  async () => {
    throw new RpcError(code, `Error ${code}`);
  };
/** A handler that can say which methods it has. */
const knowing = (methods: Record<string, Method>): TestHandler => ({
  ...testHandler(methods),
  serves: (method) => method in methods,
});

test.each(['initialize', 'ping', 'logging/setLevel', 'resources/subscribe', 'resources/unsubscribe'])(
  '[M7] %s, which this era removed, answers 404, -32601, though the handler has it',
  async (method) => {
    await using server = await serve({ handler: knowing({ [method]: () => ({}) }) });
    expectError(await server.send(modernRequest(method, { id: 'r' })), 404, -32601, /^Method not found: "/, 'r');
    expect(server.handler.requests).toEqual([]);
  },
);

test('[M7] an unknown method answers 404, -32601: the handler says so beforehand, or by that code', async () => {
  await using asked = await serve({ handler: knowing({ known: () => ({}) }) });
  expectError(await asked.send(modernRequest('unknown/method')), 404, -32601, /"unknown\/method"/, 1);
  expect((await asked.send(modernRequest('known'))).status).toBe(200);
  await using tried = await serve({ handler: testHandler({ now: throws(-32601), later: rejects(-32601) }) });
  for (const method of ['now', 'later']) {
    expectError(await tried.send(modernRequest(method)), 404, -32601, /^Error -32601$/, 1);
  }
});

test('[M7] [M13] what the server itself answers is there whatever methods the handler says it has', async () => {
  await using server = await serve({ handler: knowing({}) });
  expect((await server.send(modernRequest('server/discover'))).status).toBe(200);
  const params = { notifications: { toolsListChanged: true } };
  const listening = await server.open(modernRequest('subscriptions/listen', { params }));
  expect([listening.status, listening.headers['content-type']]).toEqual([200, 'text/event-stream']);
});

test('[M7] [M8] -32601 from a handler that has the method is its own error: 200', async () => {
  await using server = await serve({ handler: knowing({ known: throws(-32601) }) });
  const answer = await server.send(modernRequest('known'));
  expect([answer.status, answer.json.error.code]).toEqual([200, -32601]);
});

test.each([-32602, -32600, -32603, -32002, -32020, -32022, -32700, 42])(
  "[M8] a handler's own error %i is 200, as it is, with the id",
  async (code) => {
    await using server = await serve({
      handler: testHandler({ now: throws(code, { uri: 'x' }), later: rejects(code) }),
    });
    const now = await server.send(modernRequest('now', { id: 'n' }));
    expect([now.status, now.headers['content-type']]).toEqual([200, 'application/json']);
    expect(now.json).toEqual({
      jsonrpc: '2.0',
      id: 'n',
      error: { code, message: `Error ${code}`, data: { uri: 'x' } },
    });
    const later = await server.send(modernRequest('later', { id: 'l' }));
    expect([later.status, later.json]).toEqual([
      200,
      { jsonrpc: '2.0', id: 'l', error: { code, message: `Error ${code}` } },
    ]);
  },
);

test('[M8] a handler that answers -32021 answers 400', async () => {
  const data = { requiredCapabilities: { sampling: {} } };
  await using server = await serve({ handler: testHandler({ now: throws(-32021, data), later: rejects(-32021) }) });
  const answer = await server.send(modernRequest('now'));
  expect([answer.status, answer.json.error]).toEqual([400, { code: -32021, message: 'Error -32021', data }]);
  expect((await server.send(modernRequest('later'))).status).toBe(400);
});

test.each([-32021, -32601])('[M8] once a stream has begun, %i comes on it, and it stays 200', async (code) => {
  const handler = testHandler({
    'x/late': (_, context) => {
      context.notify('notifications/progress', { step: 1 });
      throw new RpcError(code, 'Too late');
    },
  });
  await using server = await serve({ handler });
  const answer = await server.send(modernRequest('x/late', { id: 'l' }));
  expect([answer.status, answer.state]).toEqual([200, 'ended']);
  expect(answer.messages[1]).toEqual({ jsonrpc: '2.0', id: 'l', error: { code, message: 'Too late' } });
});

test('[M8] [G6] what a handler did not mean to throw is "Internal error": 200, and its text stays inside', async () => {
  const circle: Record<string, unknown> = {};
  circle.self = circle;
  const secret = 'password';
  const failing: Record<string, Method> = {
    throws: () => {
      throw new Error(secret);
    },
    rejects: async () => {
      throw secret;
    },
    'no object': () => undefined as never,
    'a list': async () => [] as never,
    'no JSON': () => circle as JsonObject,
    'an error without JSON': () => {
      throw new RpcError(1, 'x', circle as JsonObject);
    },
  };
  await using server = await serve({ handler: testHandler(failing), traced: true });
  for (const method of Object.keys(failing)) {
    const answer = await server.send(modernRequest(method));
    expect([answer.status, answer.json.error], method).toEqual([200, { code: -32603, message: 'Internal error.' }]);
    expect(server.traces.map(({ event }) => event)).toContainEqual({
      type: 'handler-failed',
      method,
      error: expect.any(String),
    });
  }
});

test('[M9] every result has resultType and serverInfo, and keeps what the handler said', async () => {
  const own = { content: [], resultType: 'task', _meta: { [serverInfoKey]: { name: 'other', version: '2' }, a: 1 } };
  const handler = testHandler({
    bare: () => ({}),
    full: () => own,
    odd: () => ({ resultType: 7, _meta: 'none' }),
  });
  await using server = await serve({ handler });
  const result = async (method: string) => (await server.send(modernRequest(method))).json.result;
  expect(await result('bare')).toEqual({ resultType: 'complete', _meta: identity });
  expect(await result('full')).toEqual(own);
  expect(await result('odd')).toEqual({ resultType: 'complete', _meta: identity });
});

test('[M9] a result that comes on a stream has them too', async () => {
  const handler = testHandler({
    busy: (_, context) => {
      context.notify('notifications/progress');
      return { a: 1 };
    },
  });
  await using server = await serve({ handler });
  const { messages } = await server.send(modernRequest('busy'));
  expect(messages[1].result).toEqual({ resultType: 'complete', a: 1, _meta: identity });
});

test.each([
  ['tools/list', { tools: [] }],
  ['prompts/list', { prompts: [] }],
  ['resources/list', { resources: [] }],
  ['resources/templates/list', { resourceTemplates: [] }],
  ['resources/read', { contents: [] }],
])(
  '[M9] %s says for how long and for whom it may be kept: nothing, unless the handler does',
  async (method, content) => {
    const params = { uri: 'x:y' };
    let given: JsonObject = content;
    await using server = await serve({ handler: testHandler({ [method]: () => given }) });
    const result = async () => (await server.send(modernRequest(method, { params }))).json.result;
    const silent = { resultType: 'complete', ttlMs: 0, cacheScope: 'private', _meta: identity };
    expect(await result()).toEqual({ ...content, ...silent });
    given = { ...content, ttlMs: 5000 };
    expect(await result()).toEqual({ ...content, ...silent, ttlMs: 5000 });
    given = { ...content, ttlMs: 0, cacheScope: 'public' };
    expect(await result()).toEqual({ ...content, ...silent, cacheScope: 'public' });
  },
);

test('[M9] other results say nothing of caching', async () => {
  await using server = await serve({ handler: testHandler({ 'tools/call': () => ({ content: [] }) }) });
  const { result } = (await server.send(modernRequest('tools/call', { params: { name: 'a' } }))).json;
  expect(result).toEqual({ resultType: 'complete', content: [], _meta: identity });
});

test('[M9] the object that a handler returned stays as it is: it may return the same one again', async () => {
  const shared = Object.freeze({ tools: [], _meta: Object.freeze({ a: 1 }) }) as unknown as JsonObject;
  await using server = await serve({ handler: testHandler({ 'tools/list': () => shared }) });
  const first = await server.send(modernRequest('tools/list'));
  expect(first.json.result._meta).toEqual({ a: 1, ...identity });
  expect((await server.send(modernRequest('tools/list'))).json).toEqual(first.json);
  expect(shared).toEqual({ tools: [], _meta: { a: 1 } });
});
