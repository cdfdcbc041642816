import { expect, test } from 'vitest';
import {
  elicitation,
  type InputRequest,
  type JsonObject,
  roots,
  sampling,
} from '../../playground-server/transport/index.ts';
import { answerProblem, missingCapabilities } from '../../playground-server/transport/inputs.ts';
import type { Json } from './support/answer.ts';
import { accept, askFor } from './support/rounds.ts';

const form = (properties: Json, over: Json = {}): InputRequest =>
  elicitation({ message: 'Please', requestedSchema: { type: 'object', properties, ...over } });
const url = elicitation({ mode: 'url', message: 'Please', url: 'https://example.com/' });
const say = (params: JsonObject = {}) => sampling({ messages: [], maxTokens: 1, ...params });

const declarations: [string, InputRequest[], JsonObject, JsonObject | undefined][] = [
  ['nothing', [], {}, undefined],
  ['a form, undeclared', [askFor('a')], {}, { elicitation: { form: {} } }],
  ['a form, declared by the empty object', [askFor('a')], { elicitation: {} }, undefined],
  ['a form, declared as such', [askFor('a')], { elicitation: { form: {} } }, undefined],
  ['a form, of a client with extras alone', [askFor('a')], { elicitation: { 'x/y': {} } }, undefined],
  ['a form, of a client with urls alone', [askFor('a')], { elicitation: { url: {} } }, { elicitation: { form: {} } }],
  ['a form, declared by no object', [askFor('a')], { elicitation: true }, { elicitation: { form: {} } }],
  ['a url, undeclared', [url], {}, { elicitation: { url: {} } }],
  ['a url, of a client with forms alone', [url], { elicitation: {} }, { elicitation: { url: {} } }],
  ['a url, declared', [url], { elicitation: { url: {} } }, undefined],
  ['a form and a url', [askFor('a'), url], {}, { elicitation: { form: {}, url: {} } }],
  ['sampling, undeclared', [say()], { roots: {} }, { sampling: {} }],
  ['sampling, declared', [say()], { sampling: {} }, undefined],
  ['sampling with tools', [say({ tools: [] })], { sampling: {} }, { sampling: { tools: {} } }],
  ['sampling with a tool choice', [say({ toolChoice: {} })], { sampling: {} }, { sampling: { tools: {} } }],
  ['sampling with tools, declared', [say({ tools: [] })], { sampling: { tools: {} } }, undefined],
  ['sampling with and without tools', [say({ tools: [] }), say()], {}, { sampling: { tools: {} } }],
  ['roots, undeclared', [roots()], { elicitation: {} }, { roots: {} }],
  ['roots, declared', [roots()], { roots: { listChanged: true } }, undefined],
  [
    'several of which some are missing',
    [roots(), say(), askFor('a')],
    { sampling: {} },
    { roots: {}, elicitation: { form: {} } },
  ],
  ['what every object inherits', [roots()], Object.create({ roots: {} }) as JsonObject, { roots: {} }],
];

test.each(declarations)('[I1] [C2] %s: what is missing of the capabilities', (_, questions, declared, missing) => {
  expect(missingCapabilities(Object.fromEntries(questions.entries()), declared)).toEqual(missing);
});

/** For each kind of field: what fits, and what does not with the words that say so. */
const fields: [string, Json, unknown[], [unknown, RegExp][]][] = [
  [
    'a string',
    { type: 'string' },
    ['', 'a', '😀'],
    [
      [1, /a string/],
      [null, /a string/],
      [['a'], /a string/],
      [true, /a string/],
    ],
  ],
  [
    'a string by its length in characters',
    { type: 'string', minLength: 2, maxLength: 3 },
    ['ab', 'abc', '😀😀', '😀😀😀'],
    [
      ['a', /at least 2/],
      ['😀', /at least 2/],
      ['abcd', /at most 3/],
      ['😀😀😀😀', /at most 3/],
    ],
  ],
  [
    'an email address',
    { type: 'string', format: 'email' },
    ['a@b', `a@${'b'.repeat(63)}.c`, 'a.b+c@d-e.example', "o'neil@example.com"],
    [
      '',
      'a',
      'a@',
      '@b',
      'a@b@c',
      'a b@c',
      'a@-b',
      `a@${'b'.repeat(64)}`,
      'a@b-',
      'a@b..c',
      `${'x'.repeat(65)}@b`,
      'a@b.c\n',
    ].map((bad) => [bad, /format email/]),
  ],
  [
    'a URI',
    { type: 'string', format: 'uri' },
    ['https://example.com/a?b#c', 'urn:isbn:1', 'h2:x', 'mailto:a@b', 'file:///x', 'http://[::1]:80/'],
    [
      '',
      'example.com',
      '/a',
      'http://',
      'http://a b',
      'http://ä',
      ' http://a',
      'http://a"',
      'https://a:b:c/',
      '1a:b',
    ].map((bad) => [bad, /format uri/]),
  ],
  [
    'a date',
    { type: 'string', format: 'date' },
    ['2026-07-28', '2024-02-29', '0001-01-01'],
    [
      '2026',
      '2026-07',
      '2026-7-28',
      '2026-02-29',
      '2026-13-01',
      '2026-00-10',
      '2026-04-31',
      '28.07.2026',
      '2026-07-28T00:00:00Z',
      '',
    ].map((bad) => [bad, /format date/]),
  ],
  [
    'a date and time',
    { type: 'string', format: 'date-time' },
    ['2026-07-28T12:00:00Z', '2026-07-28t23:59:60.123+05:30', '2024-02-29T00:00:00-00:00'],
    [
      '2026-07-28',
      '2026-07-28T12:00Z',
      '2026-07-28T12:00:00',
      '2026-07-28T24:00:00Z',
      '2026-02-29T12:00:00Z',
      '2026-07-28 12:00:00Z',
      '2026-07-28T12:00:00+24:00',
      'on 2026-07-28T12:00:00Z',
      '2026-07-28T12:00:00Z, about',
    ].map((bad) => [bad, /format date-time/]),
  ],
  [
    'one of some',
    { type: 'string', enum: ['red', 'green'] },
    ['red', 'green'],
    [
      ['Red', /one of red, green/],
      ['', /one of/],
      [0, /a string/],
    ],
  ],
  [
    'one of some with titles',
    {
      type: 'string',
      oneOf: [
        { const: '#f00', title: 'Red' },
        { const: '#0f0', title: 'Green' },
      ],
    },
    ['#f00'],
    [
      ['Red', /one of #f00, #0f0/],
      ['', /one of/],
    ],
  ],
  [
    'a number',
    { type: 'number' },
    [0, -1.5, 1e300],
    [
      ['1', /a number/],
      [null, /a number/],
      [Number.POSITIVE_INFINITY, /a number/],
    ],
  ],
  [
    'a number by its bounds',
    { type: 'number', minimum: 1.5, maximum: 2 },
    [1.5, 2],
    [
      [1.4, /at least 1.5/],
      [2.1, /at most 2/],
    ],
  ],
  [
    'a whole number',
    { type: 'integer', minimum: 0, maximum: 3 },
    [0, 3, 1.0],
    [
      [1.5, /a whole number/],
      [-1, /at least 0/],
      [4, /at most 3/],
      ['1', /a number/],
    ],
  ],
  [
    'yes or no',
    { type: 'boolean' },
    [true, false],
    [
      [0, /true or false/],
      ['true', /true or false/],
      [null, /true or false/],
    ],
  ],
  [
    'some of some',
    { type: 'array', minItems: 1, maxItems: 2, items: { type: 'string', enum: ['a', 'b', 'c'] } },
    [['a'], ['a', 'c']],
    [
      [[], /at least 1/],
      [['a', 'b', 'c'], /at most 2/],
      [['d'], /an array of a, b, c/],
      ['a', /an array/],
      [[1], /an array/],
      [[['a']], /an array/],
    ],
  ],
  [
    'some of some with titles',
    {
      type: 'array',
      items: {
        anyOf: [
          { const: 'a', title: 'A' },
          { const: 'b', title: 'B' },
        ],
      },
    },
    [[], ['b', 'a']],
    [
      [['A'], /an array of a, b/],
      [[undefined], /an array/],
    ],
  ],
];

test.each(fields)('[I5] a form accepts %s and nothing else', (_, field, fitting, wrong) => {
  const question = form({ value: field });
  for (const value of fitting)
    expect(answerProblem(question, accept({ value })), JSON.stringify(value)).toBeUndefined();
  for (const [value, says] of wrong) {
    expect(answerProblem(question, accept({ value })), JSON.stringify(value)).toMatch(says);
    expect(answerProblem(question, accept({ value }))).toMatch(/^"value" must be /);
  }
});

test('[I5] what is required must be there, what is not may be, and what was not asked for may not', () => {
  const properties = { a: { type: 'string' }, b: { type: 'boolean' } };
  const question = form(properties, { required: ['a'] });
  expect(answerProblem(question, accept({ a: 'x' }))).toBeUndefined();
  expect(answerProblem(question, accept({ a: 'x', b: true }))).toBeUndefined();
  expect(answerProblem(question, accept({ b: true }))).toBe('"content" lacks "a"');
  expect(answerProblem(question, accept(undefined))).toBe('"content" lacks "a"');
  expect(answerProblem(question, accept({ a: 'x', c: 1 }))).toBe('"content" has "c", which was not asked for');
  expect(answerProblem(question, accept({ a: 'x', toString: 1 }))).toMatch(/has "toString"/);
  expect(answerProblem(form(properties, { required: ['toString'] }), accept({ a: 'x' }))).toMatch(/lacks "toString"/);
  const open = form(properties, { additionalProperties: true });
  expect(answerProblem(open, accept({ c: { any: 1 } }))).toBeUndefined();
  expect(answerProblem(open, accept({ a: 1 }))).toMatch(/"a" must be a string/);
  for (const content of [[], 'x', 7]) expect(answerProblem(question, accept(content))).toMatch(/must be an object/);
});

test('[I5] content belongs to an accepted form alone; null and {} count as none', () => {
  const question = askFor('name');
  for (const action of ['decline', 'cancel']) {
    for (const nothing of [{}, { content: null }, { content: {} }]) {
      expect(answerProblem(question, { action, ...nothing })).toBeUndefined();
      expect(answerProblem(url, { action, ...nothing })).toBeUndefined();
    }
    expect(answerProblem(question, { action, content: { name: 'Ann' } })).toBe(
      `"content" must be left out with action ${action}`,
    );
    expect(answerProblem(question, { action, content: 7 })).toMatch(/"content" must be left out/);
  }
  expect(answerProblem(url, { action: 'accept' })).toBeUndefined();
  expect(answerProblem(url, accept({ name: 'Ann' }))).toMatch(/left out with action accept in url mode/);
  expect(answerProblem(form({}), { action: 'accept' })).toBeUndefined();
  for (const action of ['Accept', '', 1, null, undefined, ['accept']]) {
    expect(answerProblem(question, { action, content: { name: 'Ann' } })).toMatch(/"action" must be/);
  }
});

const text = { type: 'text', text: 'Hi' };
const blocks = [
  text,
  { type: 'image', data: 'AA==', mimeType: 'image/png' },
  { type: 'audio', data: 'AA==', mimeType: 'audio/wav' },
  { type: 'tool_use', id: '1', name: 't', input: {} },
  { type: 'tool_result', toolUseId: '1', content: [text] },
];
const message = { role: 'assistant', content: text, model: 'm' };

test('[I5] a model answers with a role, a model and one content block or several', () => {
  for (const content of [...blocks, blocks, []]) expect(answerProblem(say(), { ...message, content })).toBeUndefined();
  expect(answerProblem(say(), { ...message, role: 'user', stopReason: 'endTurn' })).toBeUndefined();
  const wrong: [object, RegExp][] = [
    [{ role: 'system' }, /"role"/],
    [{ role: undefined }, /"role"/],
    [{ model: undefined }, /"model"/],
    [{ model: 7 }, /"model"/],
    [{ stopReason: 7 }, /"stopReason"/],
    [{ content: 'Hi' }, /"content"/],
    [{ content: undefined }, /"content"/],
    [{ content: [text, null] }, /"content"/],
    [{ content: { type: 'resource' } }, /"content"/],
    [{ content: { type: 'toString' } }, /"content"/],
    [{ content: { ...text, type: ['text'] } }, /"content"/],
    [{ content: { type: 'text' } }, /"content"/],
    [{ content: { type: 'image', data: 'AA==' } }, /"content"/],
    [{ content: { type: 'audio', mimeType: 'audio/wav' } }, /"content"/],
    [{ content: { type: 'tool_use', id: '1', name: 't' } }, /"content"/],
    [{ content: { type: 'tool_result', toolUseId: '1', content: text } }, /"content"/],
  ];
  for (const [over, says] of wrong) {
    expect(answerProblem(say(), { ...message, ...over }), JSON.stringify(over)).toMatch(says);
  }
});

test('[I5] roots are a list of file URIs', () => {
  for (const listed of [
    [],
    [{ uri: 'file:///a' }],
    [
      { uri: 'file:///a', name: 'A' },
      { uri: 'file:///b', _meta: {} },
    ],
  ]) {
    expect(answerProblem(roots(), { roots: listed })).toBeUndefined();
  }
  for (const listed of [undefined, null, {}, 'file:///a']) {
    expect(answerProblem(roots(), { roots: listed })).toBe('"roots" must be an array');
  }
  for (const root of [
    null,
    'file:///a',
    {},
    { uri: 7 },
    { uri: '/a' },
    { uri: 'http://a' },
    { uri: 'file:///a', name: 7 },
  ]) {
    expect(answerProblem(roots(), { roots: [root] }), JSON.stringify(root)).toMatch(/begins with file:/);
  }
});

test('[I5] an answer is an object', () => {
  for (const question of [askFor('name'), url, say(), roots()]) {
    for (const answer of [undefined, null, 7, 'accept', [], true]) {
      expect(answerProblem(question, answer)).toBe('it must be an object');
    }
  }
});

const noForms: [string, unknown, RegExp][] = [
  ['none', undefined, /requestedSchema must be an object/],
  ['an array', { type: 'array', properties: {} }, /with type "object"/],
  ['no properties', { type: 'object' }, /and properties/],
  [
    'a nested object',
    { type: 'object', properties: { a: { type: 'object' } } },
    /properties\.a must have a type of string/,
  ],
  ['a field without type', { type: 'object', properties: { a: {} } }, /properties\.a must have a type/],
  [
    'a list of anything',
    { type: 'object', properties: { a: { type: 'array', items: { type: 'string' } } } },
    /a\.items must list its choices/,
  ],
  [
    'an unknown format',
    { type: 'object', properties: { a: { type: 'string', format: 'ipv4' } } },
    /a\.format must be one of email, uri, date/,
  ],
];

test.each(noForms)('a schema that no form can show (%s) throws where it is written, and where it is used', (...row) => {
  const [, requestedSchema, says] = row;
  const params = { message: 'Please', requestedSchema } as JsonObject;
  expect(() => elicitation(params)).toThrow(TypeError);
  expect(() => elicitation(params)).toThrow(says);
  expect(() => answerProblem({ method: 'elicitation/create', params }, accept({}))).toThrow(says);
});

test('[X4] a text made to be slow to refuse is refused at once', () => {
  const question = form({ a: { type: 'string', format: 'email' }, b: { type: 'string', format: 'uri' } });
  // Tried from every place anew, each of these takes minutes: longer than a test may.
  for (const bad of [`a@${'a'.repeat(500_000)}!`, `a@${'a.'.repeat(250_000)}!`, `${'a'.repeat(500_000)}@`]) {
    expect(answerProblem(question, accept({ a: bad }))).toMatch(/format email/);
  }
  expect(answerProblem(question, accept({ b: `a${'+'.repeat(500_000)}` }))).toMatch(/format uri/);
});
