import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { headerParameters, type JsonObject } from '../../playground-server/transport/index.ts';
import { decodeHeaderValue } from '../../playground-server/transport/modern/headers.ts';
import type { Frame } from '../../playground-server/wire-client/index.ts';
import { encodeHeaderValue, ModernClient, usableTools } from '../../playground-server/wire-client/modern.ts';
import { heldMethod, type Method, testHandler } from '../contract/support/handler.ts';
import { type Served, type ServeOptions, serve } from '../contract/support/serve.ts';
import { until } from '../setup/until.ts';

const serving = (methods: Record<string, Method>, options: Omit<ServeOptions, 'handler'> = {}) =>
  serve({ handler: testHandler(methods), traced: true, ...options });

const clientOf = (server: Served, over: { protocolVersion?: string; capabilities?: JsonObject } = {}) =>
  new ModernClient({
    endpoint: `http://127.0.0.1:${server.port}/mcp`,
    clientInfo: { name: 'test', version: '1' },
    ...over,
  });

/** The headers and the body of each POST. */
function received({ traces }: Served): { headers: Record<string, string>; body: JsonObject }[] {
  const headers = traces.flatMap(({ event }) =>
    event.type === 'request-received' ? [Object.fromEntries(event.headers)] : [],
  );
  const bodies = traces.flatMap(({ event }) => (event.type === 'body-received' ? [event.body] : []));
  return bodies.map((body, i) => ({ headers: headers[i] ?? {}, body: JSON.parse(body) as JsonObject }));
}

const messagesOf = (frames: readonly Frame[]): JsonObject[] =>
  frames.filter(({ data }) => data).map(({ data }) => JSON.parse(data as string) as JsonObject);

describe('a header value', () => {
  test.each([
    ['us-west1', 'us-west1'],
    ['us west 1', 'us west 1'],
    ['', ''],
    ['Hello, 世界', '=?base64?SGVsbG8sIOS4lueVjA==?='],
    [' padded ', '=?base64?IHBhZGRlZCA=?='],
    ['line1\nline2', '=?base64?bGluZTEKbGluZTI=?='],
    ['=?base64?literal?=', '=?base64?PT9iYXNlNjQ/bGl0ZXJhbD89?='],
  ])('%j is sent as %j', (value, header) => {
    expect(encodeHeaderValue(value)).toBe(header);
  });

  test('is one that a header can carry, and is read as what it was', () => {
    const texts = fc.oneof(
      fc.string(),
      fc.string({ unit: 'binary' }),
      fc.string().map((text) => `=?base64?${text}?=`),
    );
    fc.assert(
      fc.property(texts, (text) => {
        const header = encodeHeaderValue(text);
        expect(new Headers({ value: header }).get('value')).toBe(header);
        expect(decodeHeaderValue(header)).toBe(text);
      }),
    );
  });
});

describe('a request of the modern era', () => {
  test('says who calls in _meta, and repeats in headers what a router needs; each has its own id', async () => {
    await using server = await serving({ 'tools/call': () => ({}), 'resources/read': () => ({}) });
    const client = clientOf(server, { capabilities: { roots: {} } });
    await client.request('tools/call', { name: 'größe', _meta: { progressToken: 7 } });
    await client.request('resources/read', { uri: 'lab://a' });
    await client.request('echo');
    const all = received(server);
    expect(all[0]?.body).toMatchObject({
      id: 1,
      method: 'tools/call',
      params: {
        name: 'größe',
        _meta: {
          progressToken: 7,
          'io.modelcontextprotocol/protocolVersion': '2026-07-28',
          'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1' },
          'io.modelcontextprotocol/clientCapabilities': { roots: {} },
        },
      },
    });
    expect(all.map(({ body }) => body.id)).toEqual([1, 2, 3]);
    const names = ['mcp-protocol-version', 'mcp-method', 'mcp-name', 'mcp-session-id'];
    expect(all.map(({ headers }) => names.map((name) => headers[name]))).toEqual([
      ['2026-07-28', 'tools/call', '=?base64?Z3LDtsOfZQ==?=', undefined],
      ['2026-07-28', 'resources/read', 'lab://a', undefined],
      ['2026-07-28', 'echo', undefined, undefined],
    ]);
  });

  test('mirrors the declared parameters that have a value, wherever they stand', async () => {
    const inputSchema = {
      type: 'object',
      properties: {
        region: { type: 'string', 'x-mcp-header': 'Region' },
        count: { type: 'integer', 'x-mcp-header': 'Count' },
        dry: { type: 'boolean', 'x-mcp-header': 'Dry' },
        absent: { type: 'string', 'x-mcp-header': 'Absent' },
        none: { type: 'string', 'x-mcp-header': 'None' },
        plain: { type: 'string' },
        deep: { type: 'object', properties: { er: { type: 'string', 'x-mcp-header': 'Deeper' } } },
      },
    };
    const parameters = headerParameters(inputSchema);
    const handler = testHandler({ 'tools/call': () => ({}) });
    handler.headerParameters = () => parameters;
    await using server = await serve({ handler, traced: true });
    const args = { region: 'ö', count: 0, dry: false, none: null, plain: 'x', deep: { er: 'y' } };
    const params = { name: 'tool', arguments: args };
    // The transport compares them with the body (rule M6).
    expect(await clientOf(server).request('tools/call', params, { headerParameters: parameters })).toMatchObject({
      kind: 'result',
    });
    const mirrored = Object.entries(received(server)[0]?.headers ?? {}).filter(([name]) =>
      name.startsWith('mcp-param'),
    );
    expect(Object.fromEntries(mirrored)).toEqual({
      'mcp-param-region': '=?base64?w7Y=?=',
      'mcp-param-count': '0',
      'mcp-param-dry': 'false',
      'mcp-param-deeper': 'y',
    });
  });

  test('hands on what the server answers, without doing anything about it', async () => {
    const ask: Method = async (_, context) =>
      context.ask({
        who: {
          method: 'elicitation/create',
          params: { message: 'Who?', requestedSchema: { type: 'object', properties: {} } },
        },
      });
    await using server = await serving({ 'tools/call': ask });
    const tomorrow = clientOf(server, { protocolVersion: '2099-01-01' });
    expect(await tomorrow.request('echo')).toMatchObject({ kind: 'error', status: 400, error: { code: -32022 } });
    expect(
      await clientOf(server, { capabilities: { elicitation: {} } }).request('tools/call', { name: 'ask' }),
    ).toMatchObject({
      kind: 'result',
      result: { resultType: 'input_required', inputRequests: { who: { method: 'elicitation/create' } } },
    });
    expect(received(server)).toHaveLength(2);
  });

  test('gets the log messages that it asks for, and no others', async () => {
    const talk: Method = (_, context) => {
      context.log('info', 'quiet');
      context.log('error', 'loud');
      return {};
    };
    await using server = await serving({ talk });
    const logged = async (watch: { logLevel?: 'debug' | 'error' }) => {
      const frames: Frame[] = [];
      await clientOf(server).request('talk', {}, { ...watch, onFrame: (frame) => frames.push(frame) });
      return messagesOf(frames).flatMap(({ method, params }) => (method ? [(params as JsonObject).data] : []));
    };
    expect([await logged({}), await logged({ logLevel: 'error' }), await logged({ logLevel: 'debug' })]).toEqual([
      [],
      ['loud'],
      ['quiet', 'loud'],
    ]);
  });

  test('is cancelled by leaving', async () => {
    const held = heldMethod();
    await using server = await serving({ held: held.method });
    const left = new AbortController();
    const outcome = clientOf(server).request('held', {}, { signal: left.signal });
    const { context } = await held.begun();
    left.abort();
    expect(await outcome).toEqual({ kind: 'aborted' });
    await until('the handler to be told', () => context.signal.aborted);
  });
});

test('a listening client is told what is honoured, then of what happens, until it leaves', async () => {
  await using server = await serving({});
  const handler = server.handler;
  handler.describe = () => ({
    serverInfo: { name: 'contract', version: '1' },
    capabilities: { tools: { listChanged: true } },
  });
  const frames: Frame[] = [];
  const left = new AbortController();
  const watch = { signal: left.signal, onFrame: (frame: Frame) => frames.push(frame) };
  const outcome = clientOf(server).listen({ toolsListChanged: true }, watch);
  await until('the acknowledgement', () => messagesOf(frames).length === 1);
  server.transport.broadcast('notifications/tools/list_changed');
  await until('the notification', () => messagesOf(frames).length === 2);
  const id = { 'io.modelcontextprotocol/subscriptionId': 1 };
  expect(messagesOf(frames)).toMatchObject([
    {
      method: 'notifications/subscriptions/acknowledged',
      params: { notifications: { toolsListChanged: true }, _meta: id },
    },
    { method: 'notifications/tools/list_changed', params: { _meta: id } },
  ]);
  left.abort();
  expect(await outcome).toEqual({ kind: 'aborted' });
});

test('tools whose headers nobody could build are left out by name, and the others are as they were sent', () => {
  const tool = (name: string, property: JsonObject, more: JsonObject = {}) => ({
    name,
    inputSchema: { type: 'object', properties: { value: property }, ...more },
  });
  const remote = { $ref: 'https://example.com/schema.json' };
  const listed = [
    tool('plain', { type: 'string' }),
    tool('space', { type: 'string', 'x-mcp-header': 'My Region' }),
    tool('number', { type: 'number', 'x-mcp-header': 'Score' }),
    tool('mirrored', { type: 'string', 'x-mcp-header': 'Region' }, { $defs: { remote }, additionalProperties: false }),
    { description: 'no name' },
    { name: 'no schema' },
  ];
  const sent = structuredClone(listed);
  const { tools, rejected } = usableTools(listed as JsonObject[]);
  expect(tools.map(({ definition }) => definition)).toEqual([sent[0], sent[3], sent[5]]);
  expect(tools.map(({ headerParameters: parameters }) => parameters.map(({ name }) => name))).toEqual([
    [],
    ['Region'],
    [],
  ]);
  expect(rejected.map(({ name }) => name)).toEqual(['space', 'number']);
  expect(rejected[0]?.why).toContain('"My Region" must be a header name');
  expect(usableTools(undefined)).toEqual({ tools: [], rejected: [] });
});
