import { expect, test } from 'vitest';
import { AskError, type JsonObject, roots, sampling } from '../../playground-server/transport/index.ts';
import type { Json } from './support/answer.ts';
import { expectError } from './support/expect.ts';
import { type Method, testHandler } from './support/handler.ts';
import { serverInfoKey } from './support/modern.ts';
import { accept, askable, askFor, attempt, retryOf } from './support/rounds.ts';
import { serve } from './support/serve.ts';

const text = (words: string): JsonObject => ({ content: [{ type: 'text', text: words }] });
const _meta = { [serverInfoKey]: { name: 'contract', version: '1' } };
const message = { role: 'assistant', content: { type: 'text', text: 'Hi' }, model: 'm' };
const bad = 12_345;

/** Answers with what was asked, in one round. */
const asking =
  (questions: Parameters<Parameters<Method>[1]['ask']>[0]): Method =>
  async (_, context) => ({ answers: await context.ask(questions) });

test('[I1] [M9] a question is the result of the request, and the retry with the answer completes it', async () => {
  await using server = await serve({ handler: testHandler({ 'tools/call': asking({ who: askFor('name') }) }) });
  const first = await attempt(server, { id: 'first' });
  expect([first.status, first.headers['content-type']]).toEqual([200, 'application/json']);
  expect(first.json).toEqual({
    jsonrpc: '2.0',
    id: 'first',
    result: { resultType: 'input_required', inputRequests: { who: askFor('name') }, _meta },
  });
  const inputResponses = { who: accept({ name: 'Ann' }) };
  const second = await attempt(server, { id: 'second', params: { inputResponses } });
  expect(second.json).toEqual({
    jsonrpc: '2.0',
    id: 'second',
    result: { resultType: 'complete', answers: inputResponses, _meta },
  });
});

test.each(['tools/call', 'prompts/get', 'resources/read'])(
  '[I1] %s may be answered with a question',
  async (method) => {
    await using server = await serve({ handler: testHandler({ [method]: asking({ who: askFor('name') }) }) });
    const first = await attempt(server, { method });
    expect(first.json.result).toEqual({ resultType: 'input_required', inputRequests: { who: askFor('name') }, _meta });
    const second = await attempt(server, { method, params: { inputResponses: { who: { action: 'decline' } } } });
    expect(second.json.result).toMatchObject({ resultType: 'complete', answers: { who: { action: 'decline' } } });
  },
);

test.each(['tools/list', 'prompts/list', 'completion/complete', 'x/own'])(
  '[I1] %s may not: the handler is told, and its client sees an error',
  async (method) => {
    let reason: unknown;
    const handler = testHandler({
      [method]: async (_, context) => {
        try {
          return await context.ask({ who: askFor('name') });
        } catch (error) {
          reason = error instanceof AskError && error.reason;
          throw error;
        }
      },
    });
    await using server = await serve({ handler });
    const answer = await attempt(server, { method });
    expect(answer.json.result).toBeUndefined();
    expect([reason, answer.json.error.message]).toEqual(['not-from-here', expect.stringContaining(method)]);
  },
);

const undeclared: [string, Json, Json, JsonObject][] = [
  ['elicitation', { who: askFor('name') }, { sampling: {} }, { elicitation: { form: {} } }],
  [
    'a form, of a client that knows urls',
    { who: askFor('name') },
    { elicitation: { url: {} } },
    { elicitation: { form: {} } },
  ],
  ['sampling', { say: sampling({ messages: [], maxTokens: 1 }) }, { elicitation: {} }, { sampling: {} }],
  [
    'sampling with tools',
    { say: sampling({ messages: [], maxTokens: 1, tools: [] }) },
    { sampling: {} },
    { sampling: { tools: {} } },
  ],
  ['roots', { where: roots() }, {}, { roots: {} }],
];

test.each(undeclared)('[I1] [M14] a client that did not declare %s is not asked: 400, -32021', async (...row) => {
  const [, questions, capabilities, requiredCapabilities] = row;
  await using server = await serve({ handler: testHandler({ 'tools/call': asking(questions) }) });
  const answer = await attempt(server, { id: 'u', capabilities });
  expect([answer.status, answer.json.id, answer.json.error.code]).toEqual([400, 'u', -32021]);
  expect(answer.json.error.data).toEqual({ requiredCapabilities });
});

test('[I1] the empty elicitation capability is that of forms', async () => {
  await using server = await serve({ handler: testHandler({ 'tools/call': asking({ who: askFor('name') }) }) });
  const answer = await attempt(server, { capabilities: { elicitation: {} } });
  expect(answer.json.result.resultType).toBe('input_required');
});

test('[I2] a handler goes on over several rounds: answers are carried along, and its state comes back', async () => {
  const seen: unknown[] = [];
  const handler = testHandler({
    'tools/call': async (_, context) => {
      seen.push(context.state);
      const { first } = await context.ask({ first: askFor('name') }, { state: { step: 1 } });
      const { second, third } = await context.ask({ second: askFor('town'), third: roots() }, { state: [2] });
      const { fourth } = await context.ask({ fourth: askFor('age', { type: 'integer' }) });
      return { first, second, third, fourth };
    },
  });
  await using server = await serve({ handler });
  const given = {
    first: accept({ name: 'Ann' }),
    second: accept({ town: 'Ulm' }),
    third: { roots: [{ uri: 'file:///a' }] },
    fourth: accept({ age: 7 }),
  };
  const { first, second, third, fourth } = given;
  const rounds: [Json, string[]][] = [
    [{ first }, ['second', 'third']],
    [{ second }, ['third']],
    [{ third }, ['fourth']],
  ];
  let answer = await attempt(server);
  expect(Object.keys(answer.json.result.inputRequests)).toEqual(['first']);
  const states = [answer.json.result.requestState];
  for (const [responses, asked] of rounds) {
    answer = await attempt(server, { params: retryOf(answer, responses) });
    expect(answer.json.result.resultType).toBe('input_required');
    expect(Object.keys(answer.json.result.inputRequests)).toEqual(asked);
    states.push(answer.json.result.requestState);
  }
  answer = await attempt(server, { params: retryOf(answer, { fourth }) });
  expect(answer.json.result).toEqual({ resultType: 'complete', ...given, _meta });
  expect(seen).toEqual([undefined, { step: 1 }, [2], [2], undefined]);
  expect(new Set(states).size).toBe(4);
  for (const state of states) expect(state).toMatch(/^v1\.[\w-]{8}\.[\w-]+$/);
});

test('[I2] without anything to carry there is no requestState; null is something', async () => {
  const method =
    (options: Json): Method =>
    async (_, context) => {
      const { who } = await context.ask({ who: askFor('name') }, options);
      return { who, ...(context.state !== undefined && { state: context.state }) };
    };
  for (const [options, held] of [
    [undefined, false],
    [{}, false],
    [{ once: false }, false],
    [{ state: null }, true],
    [{ state: '' }, true],
    [{ once: true }, true],
  ] as const) {
    await using server = await serve({ handler: testHandler({ 'tools/call': method(options) }) });
    const first = await attempt(server);
    expect('requestState' in first.json.result, JSON.stringify(options)).toBe(held);
    expect(Object.keys(first.json.result.inputRequests)).toEqual(['who']);
    const second = await attempt(server, { params: retryOf(first, { who: { action: 'cancel' } }) });
    expect(second.json.result).toEqual({
      resultType: 'complete',
      ...(options && 'state' in options && { state: options.state }),
      who: { action: 'cancel' },
      _meta,
    });
  }
});

test('[I5] unknown keys are ignored', async () => {
  await using server = await serve({ handler: testHandler({ 'tools/call': asking({ who: askFor('name') }) }) });
  const inputResponses = { who: accept({ name: 'Ann' }), other: bad, ...JSON.parse('{ "__proto__": { "who": 7 } }') };
  const answer = await attempt(server, { params: { inputResponses } });
  expect(answer.json.result.answers).toEqual({ who: accept({ name: 'Ann' }) });
});

const unusable: [string, unknown][] = [
  ['missing', {}],
  ['under another key', { wrong_key: accept({ name: 'Ann' }) }],
  ['a number', { who: bad }],
  ['null', { who: null }],
  ['an array', { who: [accept({ name: 'Ann' })] }],
  ['without an action', { who: { content: { name: 'Ann' } } }],
  ['without its content', { who: accept(undefined) }],
  ['with content of another type', { who: accept({ name: bad }) }],
  ['with content that was not asked for', { who: accept({ name: 'Ann', admin: true }) }],
  ['null for all', null],
  ['an array for all', [accept({ name: 'Ann' })]],
  ['a string for all', 'Ann'],
];

test.each(unusable)('[I5] an answer that is %s is asked for again, and does not reach the handler', async (...row) => {
  const [, inputResponses] = row;
  const reached: unknown[] = [];
  const handler = testHandler({
    'tools/call': async (_, context) => {
      reached.push(await context.ask({ who: askFor('name') }));
      return {};
    },
  });
  await using server = await serve({ handler });
  const answer = await attempt(server, { params: { inputResponses } });
  expect(answer.status).toBe(200);
  expect(answer.json.result).toEqual({ resultType: 'input_required', inputRequests: { who: askFor('name') }, _meta });
  expect(reached).toEqual([]);
});

test('[I5] of several questions those with a valid answer are not asked again', async () => {
  const questions = { who: askFor('name'), say: sampling({ messages: [], maxTokens: 9 }), where: roots() };
  await using server = await serve({ handler: testHandler({ 'tools/call': asking(questions) }) });
  const first = await attempt(server);
  expect(first.json.result.inputRequests).toEqual(questions);
  const second = await attempt(server, {
    params: retryOf(first, { who: bad, say: message, where: { roots: [{ uri: 'http://x' }] } }),
  });
  expect(second.json.result.inputRequests).toEqual({ who: questions.who, where: questions.where });
  const third = await attempt(server, {
    params: retryOf(second, { who: accept({ name: 'Ann' }), where: { roots: [] } }),
  });
  expect(third.json.result.answers).toEqual({ who: accept({ name: 'Ann' }), say: message, where: { roots: [] } });
});

test('[I5] an answer that was taken stays: a later round cannot change it', async () => {
  const handler = testHandler({
    'tools/call': async (_, context) => {
      const { who } = await context.ask({ who: askFor('name') });
      return { ...(await context.ask({ where: roots() })), who };
    },
  });
  await using server = await serve({ handler });
  const first = await attempt(server);
  const second = await attempt(server, { params: retryOf(first, { who: accept({ name: 'Ann' }) }) });
  const third = await attempt(server, {
    params: retryOf(second, { who: accept({ name: 'Eve' }), where: { roots: [] } }),
  });
  expect(third.json.result).toMatchObject({ resultType: 'complete', who: accept({ name: 'Ann' }) });
});

test('a handler that asks is left at the question, and its finally runs; a question is no failure', async () => {
  const steps: string[] = [];
  const handler = testHandler({
    'tools/call': async (_, context) => {
      try {
        await context.ask({ who: askFor('name') });
        steps.push('answered');
        return text('done');
      } finally {
        steps.push('finally');
      }
    },
  });
  await using server = await serve({ handler, traced: true });
  await attempt(server);
  expect(steps).toEqual(['finally']);
  await attempt(server, { params: { inputResponses: { who: accept({ name: 'Ann' }) } } });
  expect(steps).toEqual(['finally', 'answered', 'finally']);
  expect(server.traces.filter(({ event }) => event.type === 'handler-failed')).toEqual([]);
});

test('[M10] a request that notified before it asked answers with the question on its stream', async () => {
  const handler = testHandler({
    'tools/call': async (_, context) => {
      context.notify('notifications/progress', { progressToken: 1, progress: 1 });
      return { answers: await context.ask({ who: askFor('name') }, { state: 1 }) };
    },
  });
  await using server = await serve({ handler });
  const answer = await attempt(server);
  expect(answer.headers['content-type']).toBe('text/event-stream');
  expect(answer.messages.map(({ method, result }) => method ?? result.resultType)).toEqual([
    'notifications/progress',
    'input_required',
  ]);
});

test('no questions are answered at once', async () => {
  await using server = await serve({ handler: testHandler({ 'tools/call': asking({}) }) });
  expect((await attempt(server)).json.result).toEqual({ resultType: 'complete', answers: {}, _meta });
});

test('a state that does not fit is an error that tells the author', async () => {
  const handler = testHandler({
    'tools/call': async (params, context) => {
      const length = (params.arguments as { length: number }).length;
      return context.ask({ who: askFor('name') }, { state: 'x'.repeat(length) });
    },
  });
  await using server = await serve({ handler });
  const fits = await attempt(server, { params: { arguments: { length: 48_000 } } });
  expect(fits.json.result.requestState.length).toBeLessThanOrEqual(65_536);
  const answer = await attempt(server, { id: 'b', params: { arguments: { length: 49_200 } } });
  expect(answer.json.id).toBe('b');
  expect(answer.json.error).toEqual({
    code: -32603,
    message: expect.stringMatching(/^The requestState would have \d{5} bytes, and 65536 are allowed/),
  });
});

test('[I4] the same handler asks in the handshake era: each question is a request, and none is asked twice', async () => {
  const handler = testHandler({
    'tools/call': async (_, context) => {
      const { who } = await context.ask({ who: askFor('name') }, { state: 1, once: true });
      const rest = await context.ask({ say: sampling({ messages: [], maxTokens: 9 }), where: roots() });
      return { ...rest, who };
    },
  });
  const replies: Record<string, Json> = {
    'elicitation/create': accept({ name: 'Ann' }),
    'sampling/createMessage': message,
    'roots/list': { roots: [{ uri: 'file:///a' }] },
  };
  const expected = { who: replies['elicitation/create'], say: message, where: replies['roots/list'] };
  await using server = await serve({ handler });

  const session = await server.session('2025-11-25', { capabilities: askable });
  const call = await session.call('tools/call', { name: 't' });
  for (let asked = 1; asked <= 3; asked++) {
    await call.received(asked);
    const { id, method, params } = call.messages[asked - 1];
    if (method === 'elicitation/create') expect(params).toEqual(askFor('name').params);
    await session.send({ body: { jsonrpc: '2.0', id, result: replies[method] } });
  }
  await call.done();
  expect(call.messages.slice(0, 3).map(({ method }) => method)).toEqual(Object.keys(replies));
  expect(call.messages[3].result).toEqual(expected);
  expect(handler.requests).toHaveLength(1);

  const first = await attempt(server);
  const second = await attempt(server, { params: retryOf(first, { who: expected.who }) });
  const third = await attempt(server, { params: retryOf(second, { say: expected.say, where: expected.where }) });
  expect(third.json.result).toEqual({ resultType: 'complete', ...expected, _meta });
});

test('[I4] [I5] in the handshake era an answer that is none does not reach the handler either', async () => {
  await using server = await serve({ handler: testHandler({ 'tools/call': asking({ who: askFor('name') }) }) });
  const session = await server.session('2025-11-25', { capabilities: askable });
  const call = await (await session.call('tools/call', { name: 't' })).received(1);
  await session.send({ body: { jsonrpc: '2.0', id: call.messages[0].id, result: accept({ name: bad }) } });
  await call.done();
  expect(call.messages[1].error.message).toMatch(/answer to elicitation\/create is not valid: "name" must be a string/);
});

test('[I2] requestState of a method that asks nothing is not looked at', async () => {
  await using server = await serve({ handler: testHandler({ 'x/own': () => ({ fine: true }) }) });
  const answer = await attempt(server, { method: 'x/own', params: { requestState: 'x' } });
  expect(answer.json.result.fine).toBe(true);
  expectError(await attempt(server, { id: 1, params: { requestState: 'x' } }), 400, -32602, /Invalid requestState/, 1);
});
