import { expect, test } from 'vitest';
import { headerParameters, type JsonObject } from '../../playground-server/transport/index.ts';
import { expectError } from './support/expect.ts';
import { testHandler } from './support/handler.ts';
import { modernRequest } from './support/modern.ts';
import { type Served, serve } from './support/serve.ts';

const inputSchema = {
  type: 'object',
  properties: {
    region: { type: 'string', 'x-mcp-header': 'Region' },
    count: { type: 'integer', 'x-mcp-header': 'Count' },
    dry: { type: 'boolean', 'x-mcp-header': 'Dry-Run' },
    options: { type: 'object', properties: { depth: { type: 'integer', 'x-mcp-header': 'depth' } } },
    free: { type: 'string' },
  },
};

const property = (schema: JsonObject, key = 'a'): JsonObject => ({ type: 'object', properties: { [key]: schema } });

const served = () => {
  const parameters = headerParameters(inputSchema);
  const handler = testHandler({ 'tools/call': () => ({}), 'prompts/get': () => ({}) });
  return serve({ handler: { ...handler, headerParameters: (tool) => (tool === 'known' ? parameters : undefined) } });
};

const call = (server: Served, args: unknown, headers: Record<string, string> = {}, name = 'known') =>
  server.send(modernRequest('tools/call', { params: { name, arguments: args }, headers }));

test('[M6] a tool that declares headers is served when they repeat its arguments', async () => {
  await using server = await served();
  const accepted: [unknown, Record<string, string>][] = [
    [{ region: 'eu' }, { 'mcp-param-region': 'eu' }],
    [{ region: 'Hello' }, { 'Mcp-Param-REGION': '=?base64?SGVsbG8=?=' }],
    [{ region: 'SGVsbG8=' }, { 'mcp-param-region': 'SGVsbG8=' }],
    [{ region: '=?base64?SGVsbG8=' }, { 'mcp-param-region': '=?base64?SGVsbG8=' }],
    [{ region: '' }, { 'mcp-param-region': '' }],
    [{ count: 42 }, { 'mcp-param-count': '42' }],
    [{ count: 42 }, { 'mcp-param-count': ' 42.0 ' }],
    [{ count: 42 }, { 'mcp-param-count': '=?base64?NDI=?=' }],
    [{ count: -7 }, { 'mcp-param-count': '-7' }],
    [{ count: Number.MAX_SAFE_INTEGER }, { 'mcp-param-count': '9007199254740991' }],
    [{ dry: true }, { 'mcp-param-dry-run': 'true' }],
    [{ options: { depth: 0 } }, { 'mcp-param-depth': '0' }],
    [
      { region: 'a', count: 1, dry: false },
      { 'mcp-param-region': 'a', 'mcp-param-count': '1', 'mcp-param-dry-run': 'false' },
    ],
  ];
  for (const [args, headers] of accepted) {
    const answer = await call(server, args, headers);
    expect([answer.status, answer.text], JSON.stringify(args)).toEqual([200, expect.stringContaining('result')]);
  }
});

test('[M6] without a value, and with null for one, there is no header', async () => {
  await using server = await served();
  for (const args of [undefined, {}, { region: null }, { options: null }, { options: 'depth' }, { options: [] }]) {
    expect((await call(server, args)).status, JSON.stringify(args)).toBe(200);
    for (const name of ['region', 'depth']) {
      const says = new RegExp(`Mcp-Param-${name} was sent, but arguments\\.\\S+ has no value`, 'i');
      expectError(await call(server, args, { [`mcp-param-${name}`]: 'x' }), 400, -32020, says, 1);
    }
  }
});

test('[M6] what every object inherits is no argument', async () => {
  const parameters = headerParameters(property({ type: 'string', 'x-mcp-header': 'A' }, 'constructor'));
  const handler = { ...testHandler({ 'tools/call': () => ({}) }), headerParameters: () => parameters };
  await using server = await serve({ handler });
  expect((await call(server, {})).status).toBe(200);
  expect((await call(server, { constructor: 'own' }, { 'mcp-param-a': 'own' })).status).toBe(200);
});

test('[M6] a missing, different or badly encoded header: 400, -32020', async () => {
  await using server = await served();
  const refused: [unknown, Record<string, string>, RegExp][] = [
    [{ region: 'eu' }, {}, /Mcp-Param-Region is missing; it repeats arguments\.region/],
    [{ region: '' }, {}, /Mcp-Param-Region is missing/],
    [{ region: 'eu' }, { 'mcp-param-region': 'EU' }, /Mcp-Param-Region is "EU", but arguments\.region is "eu"/],
    [{ region: 'Hello' }, { 'mcp-param-region': '=?base64?SGVsbG8?=' }, /Mcp-Param-Region is neither/],
    [{ region: 'Hello' }, { 'mcp-param-region': '=?base64?SGVs!!!bG8=?=' }, /Mcp-Param-Region is neither/],
    [{ count: 42 }, { 'mcp-param-count': '43' }, /Mcp-Param-Count is "43", but arguments\.count is "42"/],
    [{ count: 42 }, { 'mcp-param-count': '42.5' }, /Mcp-Param-Count/],
    [{ count: 42 }, { 'mcp-param-count': '0x2a' }, /Mcp-Param-Count/],
    [{ count: 42 }, { 'mcp-param-count': '4.2e1' }, /Mcp-Param-Count/],
    [{ count: 0 }, { 'mcp-param-count': '' }, /Mcp-Param-Count/],
    // Not the same integer, though the same number to a parser of doubles.
    [{ count: 2 ** 53 }, { 'mcp-param-count': '9007199254740993' }, /Mcp-Param-Count/],
    [{ dry: true }, { 'mcp-param-dry-run': 'True' }, /Mcp-Param-Dry-Run/],
    [{ dry: true }, { 'mcp-param-dry-run': '1' }, /Mcp-Param-Dry-Run/],
    [{ options: { depth: 1 } }, {}, /Mcp-Param-depth is missing; it repeats arguments\.options\.depth/],
    // No header can carry these.
    [{ region: {} }, { 'mcp-param-region': '{}' }, /Mcp-Param-Region/],
    [{ region: ['eu'] }, { 'mcp-param-region': 'eu' }, /Mcp-Param-Region/],
  ];
  for (const [args, headers, says] of refused) {
    expectError(await call(server, args, headers), 400, -32020, says, 1);
  }
  expect(server.handler.requests).toEqual([]);
});

test('[M6] a value of another type than declared is compared as it would be written', async () => {
  await using server = await served();
  expect((await call(server, { region: 42 }, { 'mcp-param-region': '42' })).status).toBe(200);
  expect((await call(server, { region: 42 }, { 'mcp-param-region': '42.0' })).status).toBe(400);
  expect((await call(server, { count: '42' }, { 'mcp-param-count': '42' })).status).toBe(200);
  expect((await call(server, { count: '42' }, { 'mcp-param-count': '42.0' })).status).toBe(400);
  expect((await call(server, { count: 1.5 }, { 'mcp-param-count': '1.5' })).status).toBe(200);
});

test('[M6] undeclared headers, unknown tools and other methods are left alone', async () => {
  await using server = await served();
  expect((await call(server, { free: 'a' }, { 'mcp-param-free': 'b', 'mcp-param-x': '=?base64?!?=' })).status).toBe(
    200,
  );
  expect((await call(server, { region: 'eu' }, {}, 'unknown')).status).toBe(200);
  const prompt = modernRequest('prompts/get', { params: { name: 'known', arguments: { region: 'eu' } } });
  expect((await server.send(prompt)).status).toBe(200);
});

test('[M6] headerParameters reads every annotation that properties alone lead to', () => {
  expect(headerParameters(inputSchema)).toEqual([
    { name: 'Region', path: ['region'], type: 'string' },
    { name: 'Count', path: ['count'], type: 'integer' },
    { name: 'Dry-Run', path: ['dry'], type: 'boolean' },
    { name: 'depth', path: ['options', 'depth'], type: 'integer' },
  ]);
  expect(headerParameters({ type: 'object' })).toEqual([]);
});

test('[M6] what only looks like an annotation is none: a property of that name, and data', () => {
  const lookalike = { 'x-mcp-header': 'A' };
  const schema = {
    type: 'object',
    properties: { 'x-mcp-header': { type: 'object' }, b: { const: lookalike, enum: [lookalike], default: lookalike } },
    examples: [lookalike],
  };
  expect(headerParameters(schema)).toEqual([]);
});

const annotated = { type: 'string', 'x-mcp-header': 'A' };

test.each<[string, JsonObject, RegExp]>([
  [
    'an empty name',
    property({ ...annotated, 'x-mcp-header': '' }),
    /^Property a: x-mcp-header "" must be a header name/,
  ],
  ['a name with a space', property({ ...annotated, 'x-mcp-header': 'A B' }), /"A B" must be a header name/],
  ['a name with a line feed', property({ ...annotated, 'x-mcp-header': 'A\n' }), /"A\\n" must be a header name/],
  ['a name with a colon', property({ ...annotated, 'x-mcp-header': 'A:' }), /must be a header name/],
  ['a name beyond ASCII', property({ ...annotated, 'x-mcp-header': 'Ä' }), /must be a header name/],
  ['a name that is no string', property({ ...annotated, 'x-mcp-header': 1 }), /x-mcp-header 1 must be a header name/],
  ['the type number', property({ ...annotated, type: 'number' }), /needs the type .* this one is "number"/],
  ['the type object', property({ ...annotated, type: 'object' }), /needs the type .* this one is "object"/],
  ['several types', property({ ...annotated, type: ['string', 'null'] }), /this one is \["string","null"\]/],
  ['no type', property({ 'x-mcp-header': 'A' }), /needs the type .* this one is absent/],
  [
    'one name twice in another case',
    { properties: { a: annotated, b: { properties: { c: { ...annotated, 'x-mcp-header': 'a' } } } } },
    /^Property b\.c: x-mcp-header "a" is taken by property a; upper and lower/,
  ],
  ['the root', { ...annotated }, /^Property <root>: .* must stand on a property/],
  ['items', property({ items: annotated }), /^Property a\.<items>: .* must stand on a property that is reached/],
  ['an object inside items', property({ items: property(annotated) }), /^Property a\.<items>\.a: .* must stand/],
])('[M6] headerParameters throws on %s, naming property and rule', (_, schema, says) => {
  expect(() => headerParameters(schema)).toThrow(TypeError);
  expect(() => headerParameters(schema)).toThrow(says);
});

const alone = ['not', 'if', 'then', 'else', 'contains', 'additionalProperties', 'propertyNames', 'contentSchema'];
alone.push('unevaluatedItems', 'unevaluatedProperties', 'additionalItems');
const lists = ['oneOf', 'anyOf', 'allOf', 'prefixItems', 'items'];
const named = ['$defs', 'definitions', 'patternProperties', 'dependentSchemas', 'dependencies'];

test.each([
  ...alone.map((keyword) => [keyword, annotated] as const),
  ...lists.map((keyword) => [keyword, [{}, annotated]] as const),
  ...named.map((keyword) => [keyword, { x: annotated }] as const),
])('[M6] an annotation below %s is reached by more than properties: it throws', (keyword, value) => {
  const says = new RegExp(`<${keyword.replace('$', '\\$')}>: .*reached through "properties" alone`);
  expect(() => headerParameters({ [keyword]: value } as JsonObject)).toThrow(says);
  expect(() => headerParameters(property({ [keyword]: value } as JsonObject))).toThrow(says);
});
