import { expect, test } from 'vitest';
import {
  type AskError,
  elicitation,
  type JsonObject,
  memory,
  roots,
  sampling,
} from '../../playground-server/transport/index.ts';
import { until } from '../setup/until.ts';
import { heldMethod, type Method, type TestContext, testHandler } from './support/handler.ts';
import { MemoryExchange } from './support/memory-exchange.ts';
import { capabilitiesKey, modernRequest } from './support/modern.ts';
import { serve } from './support/serve.ts';
import { testInOneProcess } from './support/store.ts';

const call = (capabilities: JsonObject = {}, params: JsonObject = {}) =>
  modernRequest('tools/call', { id: 'c', params: { name: 'a', ...params }, meta: { [capabilitiesKey]: capabilities } });
const requiring = (needed: JsonObject): Method => {
  return (_, context) => {
    context.require(needed);
    return { content: [] };
  };
};
const name = elicitation({ message: 'Name?', requestedSchema: { type: 'object', properties: {} } });

test('[M14] a capability that _meta does not declare: 400, -32021, naming what is missing and nothing else', async () => {
  const cases: [needed: JsonObject, declared: JsonObject, missing: JsonObject | null][] = [
    [{ sampling: {} }, {}, { sampling: {} }],
    [{ sampling: {} }, { elicitation: {} }, { sampling: {} }],
    [{ sampling: {}, roots: {} }, { roots: { listChanged: true } }, { sampling: {} }],
    [{ sampling: { tools: {} } }, { sampling: {} }, { sampling: { tools: {} } }],
    [{ sampling: { tools: {} } }, { sampling: { tools: {} } }, null],
    [{ elicitation: { form: { x: {} } } }, { elicitation: { form: { x: {} } } }, null],
    [{ elicitation: { form: {} } }, { elicitation: { x: {} } }, null],
    [{ elicitation: { form: {} } }, { elicitation: { url: {} } }, { elicitation: { form: {} } }],
    [{}, {}, null],
  ];
  for (const [needed, declared, requiredCapabilities] of cases) {
    await using server = await serve({ handler: testHandler({ 'tools/call': requiring(needed) }) });
    const { status, json } = await server.send(call(declared));
    if (requiredCapabilities === null) expect([status, json.result.resultType]).toEqual([200, 'complete']);
    else {
      expect([status, json.id, json.error.code]).toEqual([400, 'c', -32021]);
      expect(json.error.data).toEqual({ requiredCapabilities });
      expect(json.error.message).toContain(JSON.stringify(requiredCapabilities));
    }
  }
});

test('[M14] [I1] a question that the client cannot answer is not asked: 400, -32021', async () => {
  const questions = { name, greeting: sampling({ messages: [], maxTokens: 1 }), folders: roots() };
  const handler = testHandler({ 'tools/call': async (_, context) => ({ ...(await context.ask(questions)) }) });
  await using server = await serve({ handler });
  const { status, json } = await server.send(call({ sampling: {} }));
  expect([status, json.error.code]).toEqual([400, -32021]);
  expect(Object.keys(json.error.data.requiredCapabilities).sort()).toEqual(['elicitation', 'roots']);
  const asked = await server.send(call({ sampling: {}, elicitation: {}, roots: {} }));
  expect([asked.status, asked.json.result.resultType]).toEqual([200, 'input_required']);
});

test('[M14] a handler may catch it and do without', async () => {
  const seen: unknown[] = [];
  const handler = testHandler({
    'tools/call': async (_, context) => {
      await context.ask({ name }).catch((error: AskError) => seen.push(error.reason, error.code));
      return { content: [] };
    },
  });
  await using server = await serve({ handler });
  expect((await server.send(call())).json.result.resultType).toBe('complete');
  expect(seen).toEqual(['capability-undeclared', -32021]);
});

test('[M14] [M8] once a stream has begun, it comes on the stream', async () => {
  const handler = testHandler({
    'tools/call': (_, context) => {
      context.notify('notifications/progress', { step: 1 });
      return requiring({ sampling: {} })({}, context);
    },
  });
  await using server = await serve({ handler });
  const { status, messages } = await server.send(call());
  expect([status, messages[1].error.code]).toEqual([200, -32021]);
});

test.each(['tools/list', 'x/own'])('[I1] %s may not ask: an error, not a question', async (method) => {
  const reasons: string[] = [];
  const ask: Method = async (_, context) => {
    await context.ask({ name }).catch((error: AskError) => {
      reasons.push(error.reason);
      throw error;
    });
    return {};
  };
  await using server = await serve({ handler: testHandler({ [method]: ask }) });
  const { status, json } = await server.send(
    modernRequest(method, { meta: { [capabilitiesKey]: { elicitation: {} } } }),
  );
  expect([status, json.error.code, reasons]).toEqual([200, -32603, ['not-from-here']]);
  expect(json.error.message).toBe(
    `${method} cannot ask the client: only tools/call, prompts/get and resources/read can.`,
  );
});

test.each([
  ['tools/call', { name: 'a' }],
  ['prompts/get', { name: 'a' }],
  ['resources/read', { uri: 'x:y' }],
])('[I1] [M9] %s may: its result is the question, and that run of the handler ends', async (method, params) => {
  const reasons: string[] = [];
  let cleaned = 0;
  const ask: Method = async (_, context) => {
    try {
      await context.ask({ name });
    } catch (error) {
      reasons.push((error as AskError).reason);
    } finally {
      cleaned++;
    }
    // Too late, all of it: the request is answered.
    context.notify('notifications/progress', { step: 1 });
    return { content: ['ignored'] };
  };
  await using server = await serve({ handler: testHandler({ [method]: ask }), traced: true });
  const meta = { [capabilitiesKey]: { elicitation: {} } };
  const { status, headers, json } = await server.send(modernRequest(method, { params, meta }));
  expect([status, headers['content-type']]).toEqual([200, 'application/json']);
  expect(json.result).toMatchObject({
    resultType: 'input_required',
    inputRequests: { name: { method: 'elicitation/create' } },
    _meta: { 'io.modelcontextprotocol/serverInfo': { name: 'contract', version: '1' } },
  });
  expect(json.result).not.toHaveProperty('ttlMs');
  expect([reasons, cleaned]).toEqual([['asked'], 1]);
  expect(server.traces.at(-1)?.event).toMatchObject({ type: 'message-dropped', why: 'request-already-answered' });
});

test('[I1] a question asked on a stream is its last event, and an AskError that a handler lets go is no fault', async () => {
  const ask: Method = async (_, context) => {
    context.notify('notifications/progress', { step: 1 });
    return { ...(await context.ask({ name })) };
  };
  await using server = await serve({ handler: testHandler({ 'tools/call': ask }), traced: true });
  const { messages, state } = await server.send(call({ elicitation: {} }));
  expect([messages.length, messages[1].result.resultType, state]).toEqual([2, 'input_required', 'ended']);
  expect(server.traces.map(({ event }) => event.type)).not.toContain('handler-failed');
});

test('[I1] the answers of a retry reach the handler', async () => {
  const ask: Method = async (_, context) => ({ content: [], answers: await context.ask({ name }) });
  await using server = await serve({ handler: testHandler({ 'tools/call': ask }) });
  const inputResponses = { name: { action: 'accept', content: {} } };
  const { json } = await server.send(call({ elicitation: {} }, { inputResponses }));
  expect(json.result).toMatchObject({ resultType: 'complete', answers: inputResponses });
});

test('[I2] a requestState that does not verify: 400, -32602, and the handler is not asked', async () => {
  await using server = await serve({ handler: testHandler({ 'tools/call': () => ({}) }) });
  const { status, json } = await server.send(call({}, { requestState: 'forged' }));
  expect([status, json.id, json.error.code]).toEqual([400, 'c', -32602]);
  expect(server.handler.requests).toEqual([]);
});

testInOneProcess('[M11] [I2] a client that leaves while its requestState is opened is not served', async () => {
  let retries = 0;
  const ask: Method = async (_, context) => {
    if (context.state !== undefined) retries++;
    return { ...(await context.ask({ name }, { state: 1 })) };
  };
  const handler = testHandler({ 'tools/call': ask });
  await using server = await serve({ handler });
  const { requestState } = (await server.send(call({ elicitation: {} }))).json.result;
  const retry = () => {
    const { body, headers } = call({ elicitation: {} }, { requestState });
    return new MemoryExchange('POST', headers as Record<string, string>, body);
  };
  const [leaving, staying] = [retry(), retry()];
  server.transport.handle(leaving);
  leaving.disconnect();
  server.transport.handle(staying);
  await until('the answer to the second', () => staying.ended);
  expect([retries, leaving.ended]).toEqual([1, false]);
});

testInOneProcess.each([false, true])(
  '[X4] a store that fails while a state is opened: an error (on a stream: %s)',
  async (late) => {
    const ask: Method = async (_, context) => ({ ...(await context.ask({ name }, { once: true })) });
    const gone = new Error('The store is gone');
    const { promise: waiting, reject } = Promise.withResolvers<never>();
    const acquire = () => (late ? waiting : Promise.reject(gone));
    const backplane = Object.assign(memory(), { claims: { acquire, renew: acquire, release: acquire } });
    const options = { handler: testHandler({ 'tools/call': ask }), requestStateKeys: [new Uint8Array(32)] };
    // Asked elsewhere: where silence lasts 20 ms at most, the sealing itself may take longer.
    await using patient = await serve(options);
    const { requestState } = (await patient.send(call({ elicitation: {} }))).json.result;
    await using server = await serve({ ...options, backplane, ...(late && { keepAliveMs: 20 }) });
    const answer = await server.open(call({ elicitation: {} }, { requestState }));
    if (late) await answer.until('a comment', ({ frames }) => frames.length > 0);
    if (late) reject(gone);
    await answer.done();
    const { id, error } = late ? answer.messages[0] : answer.json;
    expect([answer.status, id, error]).toEqual([late ? 200 : 500, 'c', { code: -32603, message: 'Internal error.' }]);
    expect(server.handler.requests).toHaveLength(1);
  },
);

test('[I1] what asks after its request is over is told so', async () => {
  const held = heldMethod();
  await using server = await serve({ handler: testHandler({ 'tools/call': held.method }) });
  const pending = server.open(call({ elicitation: {} }));
  const { context, answer } = await held.begun();
  answer({ content: [] });
  await (await pending).done();
  await expect(context.ask({ name })).rejects.toMatchObject({ reason: 'cancelled' });
});

test('in this era a handler sends no requests, has no session and closes no connection', async () => {
  let given: TestContext | undefined;
  const handler = testHandler({
    'tools/call': async (_, context) => {
      given = context;
      return { hungUp: context.hangUp(), ...(await context.request('sampling/createMessage', {})) };
    },
  });
  await using server = await serve({ handler });
  const { status, json } = await server.send(call({ sampling: {} }));
  expect([status, json.error.code]).toEqual([200, -32603]);
  expect(json.error.message).toMatch(/^In 2026-07-28 a server sends no requests: use ask/);
  expect([given?.session, given?.hangUp()]).toEqual([null, false]);
  await expect(given?.request('roots/list')).rejects.toMatchObject({ reason: 'no-way-to-ask' });
});
