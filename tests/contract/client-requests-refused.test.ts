/** What cannot be answered is not asked: the handler is told at once, and with the reason. */
import { expect, test } from 'vitest';
import { elicitation, type InputRequest, roots, sampling } from '../../playground-server/transport/index.ts';
import { latest } from './support/client.ts';
import { heldMethod, testHandler } from './support/handler.ts';
import { asJson, canAll, question, respond } from './support/questions.ts';
import { serve } from './support/serve.ts';

const form = elicitation({ message: 'Name?', requestedSchema: { type: 'object', properties: {} } });
const url = elicitation({ mode: 'url', message: 'Sign in', url: 'https://a.example', elicitationId: 'e' });
const plainSampling = sampling({ messages: [], maxTokens: 1 });
const toolSampling = sampling({ messages: [], maxTokens: 1, tools: [] });

const undeclared: [question: InputRequest, declared: object, missing: object][] = [
  [roots(), {}, { roots: {} }],
  [roots(), { sampling: {}, elicitation: {} }, { roots: {} }],
  [plainSampling, { roots: {} }, { sampling: {} }],
  [toolSampling, { sampling: {} }, { sampling: { tools: {} } }],
  [form, {}, { elicitation: { form: {} } }],
  [form, { elicitation: { url: {} } }, { elicitation: { form: {} } }],
  [url, { elicitation: {} }, { elicitation: { url: {} } }],
];

test.each(undeclared)(
  '[C2] %o to a client that declared %o is refused at once: it lacks %o',
  async (asked, capabilities, missing) => {
    const held = heldMethod();
    await using server = await serve({ handler: testHandler({ held: held.method }) });
    const session = await server.session(latest, { capabilities });
    const [get, answer] = [await session.get(), await session.call('held', {}, 'u')];
    const { context, fail } = await held.begun();
    const { method, params } = asked;
    const refusal = {
      reason: 'capability-undeclared',
      code: -32600,
      message: `This needs a client capability that initialize did not declare: ${Object.keys(missing)[0]}.`,
      data: { requiredCapabilities: missing },
    };
    for (const attempt of [
      context.ask({ q: asked }),
      context.request(method, params),
      context.session.request(method, params),
    ]) {
      expect(await attempt.then(() => 'answered', asJson)).toEqual(refusal);
    }
    // What the client sees of a handler that does not catch it.
    fail(await context.ask({ q: asked }).catch((error) => error));
    const { reason: _, ...error } = refusal;
    expect((await answer.done()).messages).toEqual([{ jsonrpc: '2.0', id: 'u', error }]);
    server.transport.broadcast('notifications/end');
    expect((await get.received(1)).messages).toEqual([{ jsonrpc: '2.0', method: 'notifications/end' }]);
  },
);

test.each([
  [form, { elicitation: {} }],
  [form, { elicitation: { form: {} } }],
  [url, { elicitation: { url: {} } }],
  [plainSampling, { sampling: {} }],
  [toolSampling, { sampling: { tools: {} } }],
  [roots(), { roots: { listChanged: true } }],
])('[C2] %o is asked of a client that declared %o', async (asked, capabilities) => {
  const held = heldMethod();
  await using server = await serve({ handler: testHandler({ held: held.method }) });
  const session = await server.session(latest, { capabilities });
  const answer = await session.call('held');
  const { context } = await held.begun();
  const given = context.request(asked.method, asked.params);
  expect(await question(answer)).toMatchObject(asked);
  await respond(session, (await question(answer)).id, { ok: true });
  expect(await given).toEqual({ ok: true });
});

test('[C2] one undeclared capability among several questions: none of them is asked', async () => {
  const held = heldMethod();
  await using server = await serve({ handler: testHandler({ held: held.method }) });
  const session = await server.session(latest, { capabilities: { roots: {} } });
  const answer = await session.call('held');
  const { context, answer: finish } = await held.begun();
  const refused = await context.ask({ where: roots(), what: plainSampling, who: form }).catch(asJson);
  expect(refused).toMatchObject({
    reason: 'capability-undeclared',
    message: expect.stringMatching(/: sampling, elicitation\.$/),
    data: { requiredCapabilities: { sampling: {}, elicitation: { form: {} } } },
  });
  finish({});
  expect((await answer.done()).messages).toHaveLength(1);
});

test('[C2] [M14] a handler may require what it will need before it begins', async () => {
  const handler = testHandler({
    begin: (_, context) => {
      context.require({ sampling: { tools: {} } });
      return { begun: true };
    },
  });
  await using server = await serve({ handler });
  const [able, unable] = [
    await server.session(latest, canAll),
    await server.session(latest, { capabilities: { sampling: {} } }),
  ];
  expect((await able.answer('begin')).messages.at(-1).result).toEqual({ begun: true });
  const answer = await unable.answer('begin');
  expect([answer.status, answer.messages.at(-1).error]).toEqual([
    200,
    {
      code: -32600,
      message: 'This needs a client capability that initialize did not declare: sampling.',
      data: { requiredCapabilities: { sampling: { tools: {} } } },
    },
  ]);
});

test('[C2] with enableJsonResponse nothing is asked, on the standalone stream neither', async () => {
  const held = heldMethod();
  const handler = testHandler({ held: held.method });
  await using server = await serve({ handler, enableJsonResponse: true });
  const session = await server.session(latest, canAll);
  const [get, pending] = [await session.get(), session.answer('held', {}, 'j')];
  const { context, fail } = await held.begun();
  const message = 'The client cannot be asked: this server answers in JSON, without streams.';
  for (const attempt of [context.ask({ q: roots() }), context.request('ping'), context.session.request('roots/list')]) {
    expect(await attempt.catch(asJson)).toEqual({ reason: 'no-way-to-ask', code: -32600, message });
  }
  fail(await context.request('ping').catch((error) => error));
  expect((await pending).json).toEqual({ jsonrpc: '2.0', id: 'j', error: { code: -32600, message } });
  server.transport.broadcast('notifications/end');
  expect((await get.received(1)).messages).toEqual([{ jsonrpc: '2.0', method: 'notifications/end' }]);
});

test('[C2] stateless: nothing is asked, also what needs no capability', async () => {
  const held = heldMethod();
  await using server = await serve({ handler: testHandler({ held: held.method }), stateless: true });
  const answer = await server.open({ body: { jsonrpc: '2.0', id: 's', method: 'held' } });
  const { context, fail } = await held.begun();
  const message = 'The client cannot be asked: this server keeps no sessions.';
  expect(await context.request('ping').catch(asJson)).toEqual({ reason: 'no-way-to-ask', code: -32600, message });
  fail(await context.request('ping').catch((error) => error));
  expect((await answer.done()).messages).toEqual([{ jsonrpc: '2.0', id: 's', error: { code: -32600, message } }]);
});
