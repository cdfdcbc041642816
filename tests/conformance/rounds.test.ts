/** The suite asks that a result completes in its last round. Here: with the words that only the answers can have made. */

import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Served } from '../contract/support/serve.ts';
import { modernEra, serveHandler } from '../mcp/support/eras.ts';
import { fixtures } from './fixtures/index.ts';

let server: Served;
beforeAll(async () => {
  server = await serveHandler(fixtures);
});
afterAll(() => server[Symbol.asyncDispose]());

const text = (words: string) => ({ type: 'text', text: words });
const capabilities = { elicitation: {}, sampling: {}, roots: {} };
const accept = (content: object) => ({ action: 'accept', content });
const greeting = { role: 'assistant', content: text('Good day'), model: 'm-1' };
const someRoots = { roots: [{ uri: 'file:///a' }, { uri: 'file:///b' }] };

test.each<[string, object[], string]>([
  ['elicitation', [{ user_name: accept({ name: 'Alice' }) }], 'Hello, Alice!'],
  ['sampling', [{ capital_question: greeting }], 'The model answered: Good day'],
  ['list_roots', [{ client_roots: someRoots }], 'Roots: file:///a, file:///b'],
  ['request_state', [{ confirm: accept({ ok: true }) }], 'state-ok'],
  [
    'multiple_inputs',
    [{ user_name: accept({ name: 'Alice' }), greeting, client_roots: someRoots }],
    'Alice: Good day (2 roots)',
  ],
  ['multi_round', [{ step1: accept({ name: 'Alice' }) }, { step2: accept({ color: 'blue' }) }], 'Alice likes blue'],
  ['tampered_state', [{ confirm: accept({ ok: true }) }], 'The state was as it had been sent'],
  ['capabilities', [{ greeting, user_name: accept({ name: 'Alice' }) }], 'Asked for greeting and user_name'],
])('test_input_required_result_%s', async (tool, rounds, words) => {
  const { ask } = await modernEra.enter(server, capabilities);
  const call = { name: `test_input_required_result_${tool}` };
  let { result } = await ask('tools/call', call);
  for (const inputResponses of rounds) {
    expect(result.resultType).toBe('input_required');
    expect(Object.keys(result.inputRequests)).toEqual(Object.keys(inputResponses));
    const { requestState } = result;
    ({ result } = await ask('tools/call', { ...call, inputResponses, ...(requestState && { requestState }) }));
  }
  expect(result.resultType).toBe('complete');
  expect(result.content).toEqual([text(words)]);
});

test('test_input_required_result_prompt', async () => {
  const { ask } = await modernEra.enter(server, capabilities);
  const prompt = { name: 'test_input_required_result_prompt' };
  const { result } = await ask('prompts/get', prompt);
  expect(Object.keys(result.inputRequests)).toEqual(['user_context']);
  const inputResponses = { user_context: accept({ context: 'tests' }) };
  const { result: done } = await ask('prompts/get', { ...prompt, inputResponses });
  expect(done.messages).toEqual([{ role: 'user', content: text('It is about: tests') }]);
});
