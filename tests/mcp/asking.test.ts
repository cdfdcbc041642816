import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Json } from '../contract/support/answer.ts';
import type { Served } from '../contract/support/serve.ts';
import { modernEra } from './support/eras.ts';
import { servePlayground } from './support/playground.ts';

let server: Served;
beforeAll(async () => {
  server = await servePlayground();
});
afterAll(() => server[Symbol.asyncDispose]());

const askTool = { name: 'ask', arguments: { question: 'Which colour?' } };
const thinkTool = { name: 'think', arguments: { prompt: 'Say a colour' } };

const question = {
  message: 'Which colour?',
  requestedSchema: {
    type: 'object',
    properties: { answer: { type: 'string', title: 'Answer', maxLength: 4096 } },
    required: ['answer'],
  },
};
const thought = { role: 'assistant', content: { type: 'text', text: 'Blue' }, model: 'm-1', stopReason: 'endTurn' };

/** Calls a tool in a session, answers its one question, and gives the question and the tool's words. */
async function askedBack(tool: object, capabilities: object, answer: object): Promise<{ asked: Json; words: string }> {
  const session = await server.session('2025-11-25', { capabilities });
  const call = await session.call('tools/call', tool);
  const [asked] = (await call.received(1)).messages;
  const accepted = await session.send({ body: { jsonrpc: '2.0', id: asked.id, result: answer } });
  expect(accepted.status).toBe(202);
  const { result } = (await call.done()).messages.at(-1);
  return { asked, words: result.content[0].text };
}

/** The same in the modern era: the call is made again, with the answer. */
async function askedBackModern(tool: object, capabilities: object, answer: object) {
  const { ask } = await modernEra.enter(server, capabilities);
  const { result } = await ask('tools/call', { ...tool });
  expect(result.resultType).toBe('input_required');
  const [[key, asked]] = Object.entries(result.inputRequests) as [[string, Json]];
  const inputResponses = { [key]: answer };
  const again = await ask('tools/call', { ...tool, inputResponses, requestState: result.requestState });
  return { asked, words: again.result.content[0].text as string };
}

test.each([
  ['handshake', askedBack],
  ['modern', askedBackModern],
] as const)('ask puts its question to the user, in the %s era', async (_era, back) => {
  const accepted = await back(askTool, { elicitation: {} }, { action: 'accept', content: { answer: 'Blue' } });
  expect(accepted.asked).toMatchObject({ method: 'elicitation/create', params: question });
  expect(accepted.words).toBe('The user answered: Blue');
  expect((await back(askTool, { elicitation: {} }, { action: 'decline' })).words).toBe('The user declined to answer');
  expect((await back(askTool, { elicitation: {} }, { action: 'cancel' })).words).toBe(
    'The user closed the question without an answer',
  );
});

test.each([
  ['handshake', askedBack],
  ['modern', askedBackModern],
] as const)("think has the client's model go on, in the %s era", async (_era, back) => {
  const { asked, words } = await back(thinkTool, { sampling: {} }, thought);
  expect(asked).toMatchObject({
    method: 'sampling/createMessage',
    params: { messages: [{ role: 'user', content: { type: 'text', text: 'Say a colour' } }], maxTokens: 200 },
  });
  expect(words).toBe('m-1 wrote: Blue');
});

test.each([
  ['ask', askTool, 'elicitation'],
  ['think', thinkTool, 'sampling'],
])('%s is refused where the client declared no such thing', async (_name, tool, capability) => {
  const session = await server.session('2025-11-25', { capabilities: {} });
  const { error } = (await session.answer('tools/call', tool)).messages.at(-1);
  expect(error.message).toContain(capability);
  const { open } = await modernEra.enter(server);
  const refused = await (await open('tools/call', { ...tool })).done();
  expect([refused.status, refused.json.error.code]).toEqual([400, -32021]);
  expect(refused.json.error.data).toEqual({ requiredCapabilities: { [capability]: expect.anything() } });
});
