import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { errors } from '../../playground-server/transport/index.ts';
import type { Served } from '../contract/support/serve.ts';
import { eras } from './support/eras.ts';
import { servePlayground } from './support/playground.ts';

let server: Served;
beforeAll(async () => {
  server = await servePlayground();
});
afterAll(() => server[Symbol.asyncDispose]());

const prompt = { type: 'ref/prompt', name: 'explain' };
const template = { type: 'ref/resource', uri: 'lab://process/{name}' };

describe.each(eras)('in the %s era', (_name, era) => {
  test('a prompt is listed with its argument, and filled in', async () => {
    const { ask } = await era.enter(server);
    const { result } = await ask('prompts/list');
    expect(result.prompts).toEqual([
      {
        name: 'explain',
        title: 'Explain an error',
        description: expect.any(String),
        arguments: [{ name: 'error', description: expect.any(String), required: true }],
      },
    ]);
    const got = await ask('prompts/get', { name: 'explain', arguments: { error: 'sessionNotFound' } });
    expect(got.result.messages).toEqual([{ role: 'user', content: { type: 'text', text: expect.any(String) } }]);
    const { text } = got.result.messages[0].content;
    expect(text).toContain('HTTP 404');
    expect(text).toContain(errors.sessionNotFound.message);
  });

  test.each([
    ['an unknown prompt', { name: 'explane' }, 'unknown prompt explane'],
    ['a missing argument', { name: 'explain' }, 'the argument error is missing'],
    ['an argument that is no string', { name: 'explain', arguments: { error: 404 } }, 'error must be a string'],
    ['an argument that means nothing', { name: 'explain', arguments: { error: 'none' } }, 'there is no error none'],
  ])('%s is -32602', async (_what, params, says) => {
    const { ask } = await era.enter(server);
    const { error } = await ask('prompts/get', params);
    expect(error).toEqual({ code: -32602, message: expect.stringContaining(says) });
  });

  test('what was typed of an argument is completed, however it is written', async () => {
    const { ask } = await era.enter(server);
    const complete = async (ref: object, name: string, value: string) =>
      (await ask('completion/complete', { ref, argument: { name, value } })).result.completion;
    expect(await complete(prompt, 'error', 'SESSIONn')).toEqual({
      values: ['sessionNotFound'],
      total: 1,
      hasMore: false,
    });
    const all = await complete(prompt, 'error', '');
    expect(all).toEqual({ values: Object.keys(errors), total: Object.keys(errors).length, hasMore: false });
    expect(await complete(template, 'name', 'p')).toEqual({ values: ['p1'], total: 1, hasMore: false });
    expect(await complete(template, 'constructor', 'p')).toEqual({ values: [], total: 0, hasMore: false });
    expect(await complete(prompt, 'nothing', 'p')).toEqual({ values: [], total: 0, hasMore: false });
  });

  test.each([
    ['an unknown prompt', { type: 'ref/prompt', name: 'explane' }],
    ['an unknown template', { type: 'ref/resource', uri: 'lab://process/{pid}' }],
    ['another kind of reference', { type: 'ref/tool', name: 'whoami' }],
    ['no reference', 'explain'],
  ])('completion for %s is -32602', async (_what, ref) => {
    const { ask } = await era.enter(server);
    const { error } = await ask('completion/complete', { ref, argument: { name: 'error', value: '' } });
    expect(error.code).toBe(-32602);
  });
});
