/** What the suite looks at less closely than its description asks: here to the letter. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { logLevelKey } from '../contract/support/modern.ts';
import type { Served } from '../contract/support/serve.ts';
import { eras, modernEra, serveHandler } from '../mcp/support/eras.ts';
import { png, wav } from './fixtures/fixture.ts';
import { fixtures } from './fixtures/index.ts';

let server: Served;
beforeAll(async () => {
  server = await serveHandler(fixtures, { retryInterval: 20 });
});
afterAll(() => server[Symbol.asyncDispose]());

const text = (words: string) => ({ type: 'text', text: words });
const resource = (uri: string, mimeType: string, words: string) => {
  return { type: 'resource', resource: { uri, mimeType, text: words } };
};
const user = (content: object) => ({ role: 'user', content });

describe.each(eras)('in the %s era', (_name, era) => {
  // The suite: any text that is not empty, even one marked as an error.
  test.each([
    ['test_simple_text', [text('This is a simple text response for testing.')]],
    ['test_image_content', [png]],
    ['test_audio_content', [wav]],
    [
      'test_embedded_resource',
      [resource('test://embedded-resource', 'text/plain', 'This is an embedded resource content.')],
    ],
    [
      'test_multiple_content_types',
      [
        text('Multiple content types test:'),
        png,
        resource('test://mixed-content-resource', 'application/json', '{"test":"data","value":123}'),
      ],
    ],
  ])('%s answers with this content', async (tool, content) => {
    const { ask } = await era.enter(server);
    const { result } = await ask('tools/call', { name: tool });
    expect(result.content).toEqual(content);
    expect(result).not.toHaveProperty('isError');
  });

  test('test_error_handling answers with a result marked as an error', async () => {
    const { ask } = await era.enter(server);
    const { result } = await ask('tools/call', { name: 'test_error_handling' });
    expect(result.content).toEqual([text('This tool intentionally returns an error for testing')]);
    expect(result.isError).toBe(true);
  });

  // The suite: three notifications, whatever they say.
  test('test_tool_with_progress reports 0, 50 and 100 of 100, under the token, before its answer', async () => {
    const { open } = await era.enter(server);
    const params = { name: 'test_tool_with_progress', _meta: { progressToken: 'token-1' } };
    const { messages } = await (await open('tools/call', params)).done();
    expect(messages.slice(0, -1).map(({ params }) => params)).toEqual(
      [0, 50, 100].map((progress) => ({ progressToken: 'token-1', progress, total: 100 })),
    );
    expect(messages.at(-1).result.content).toEqual([text('Progress complete')]);
  });

  // The suite: an array, which may be empty.
  test('completion/complete offers what fits', async () => {
    const { ask } = await era.enter(server);
    const ref = { type: 'ref/prompt', name: 'test_prompt_with_arguments' };
    const { result } = await ask('completion/complete', { ref, argument: { name: 'arg1', value: 'par' } });
    expect(result.completion).toEqual({ values: ['paris', 'party'], total: 2, hasMore: false });
  });

  test.each([
    ['test_simple_prompt', {}, [user(text('This is a simple prompt for testing.'))]],
    ['test_prompt_with_arguments', { arg1: 'a', arg2: 'b' }, [user(text("Prompt with arguments: arg1='a', arg2='b'"))]],
    [
      'test_prompt_with_embedded_resource',
      { resourceUri: 'test://x' },
      [
        user(resource('test://x', 'text/plain', 'Embedded resource content for testing.')),
        user(text('Please process the embedded resource above.')),
      ],
    ],
    ['test_prompt_with_image', {}, [user(png), user(text('Please analyze the image above.'))]],
  ])('%s gives these messages', async (prompt, args, messages) => {
    const { ask } = await era.enter(server);
    const { result } = await ask('prompts/get', { name: prompt, arguments: args });
    expect(result.messages).toEqual(messages);
  });

  // The suite: that the text holds the id.
  test('the template reads one segment, and nothing that it does not fit', async () => {
    const { ask } = await era.enter(server);
    const { result } = await ask('resources/read', { uri: 'test://template/a%20b/data' });
    const data = '{"id":"a b","templateTest":true,"data":"Data for ID: a b"}';
    expect(result.contents).toEqual([{ uri: 'test://template/a%20b/data', mimeType: 'application/json', text: data }]);
    expect(await ask('resources/read', { uri: 'test://template/a/b/data' })).toHaveProperty('error');
    expect(await ask('resources/read', { uri: 'test://template/a/data/b' })).toHaveProperty('error');
  });

  test('every fixture is listed: 28 tools, 5 prompts, 3 resources and a template', async () => {
    const { ask } = await era.enter(server);
    const { result } = await ask('tools/list');
    expect([result.tools.length, result.tools[0].name]).toEqual([28, 'test_x_mcp_header']);
    expect((await ask('prompts/list')).result.prompts).toHaveLength(5);
    expect((await ask('resources/list')).result.resources).toHaveLength(3);
    expect((await ask('resources/templates/list')).result.resourceTemplates).toHaveLength(1);
  });
});

// The suite: skips what hangs on a capability that is not there.
test('every capability that the scenarios hang on is declared, and no extension', async () => {
  const { ask } = await modernEra.enter(server);
  const { capabilities } = (await ask('server/discover')).result;
  expect(capabilities).toEqual({
    tools: { listChanged: true },
    prompts: { listChanged: true },
    resources: { subscribe: true },
    completions: {},
    logging: {},
  });
  expect((await server.initialize()).json.result.capabilities).toEqual(capabilities);
});

// The suite: three messages, whatever they say.
test('test_tool_with_logging writes its three lines in order, at level info', async () => {
  const session = await server.session();
  await session.answer('logging/setLevel', { level: 'debug' });
  const { messages } = await session.answer('tools/call', { name: 'test_tool_with_logging' });
  expect(messages.slice(0, -1).map(({ method, params }) => [method, params])).toEqual(
    ['Tool execution started', 'Tool processing data', 'Tool execution completed'].map((data) => [
      'notifications/message',
      { level: 'info', data },
    ]),
  );
});

// The suite: silence, which a server that never logs keeps as well.
test('test_logging_tool logs to a modern request that asked for the level', async () => {
  const { open } = await modernEra.enter(server);
  const params = { name: 'test_logging_tool', _meta: { [logLevelKey]: 'info' } };
  const { messages } = await (await open('tools/call', params)).done();
  expect(messages[0].params).toEqual({ level: 'info', data: 'Only who asked for a log level reads this' });
});

// The suite: that some request came, and some text.
test.each([
  [
    'test_sampling',
    { prompt: 'Hello' },
    { sampling: {} },
    'sampling/createMessage',
    { messages: [user(text('Hello'))], maxTokens: 100 },
    { role: 'assistant', content: text('Hi'), model: 'm-1' },
    'LLM response: Hi',
  ],
  [
    'test_elicitation',
    { message: 'Who?' },
    { elicitation: {} },
    'elicitation/create',
    {
      message: 'Who?',
      requestedSchema: {
        type: 'object',
        properties: {
          username: { type: 'string', description: "User's response" },
          email: { type: 'string', description: "User's email address" },
        },
        required: ['username', 'email'],
      },
    },
    { action: 'accept', content: { username: 'alice', email: 'a@example.com' } },
    'User response: action=accept, content={"username":"alice","email":"a@example.com"}',
  ],
])(
  '%s asks exactly this, and answers with what came back',
  async (name, args, capabilities, method, params, result, words) => {
    const session = await server.session('2025-11-25', { capabilities });
    const call = await session.call('tools/call', { name, arguments: args });
    const [asked] = (await call.received(1)).messages;
    expect(asked).toMatchObject({ method, params });
    await session.send({ body: { jsonrpc: '2.0', id: asked.id, result } });
    expect((await call.done()).messages.at(-1).result.content).toEqual([text(words)]);
  },
);

// The suite: green for a server that keeps its stream open.
test('test_reconnection ends its stream without the answer, which is on the stream that resumes it', async () => {
  const session = await server.session();
  const polled = await (await session.call('tools/call', { name: 'test_reconnection' })).done();
  expect(polled.messages).toEqual([]);
  expect(polled.frames[0]).toMatchObject({ retry: '20', data: '' });
  const resumed = await (await session.get(polled.frames[0]?.id)).done();
  expect(resumed.messages.at(-1).result.content).toEqual([text('Answered after hanging up')]);
});

// The suite: green for a server that issues no session id.
test('a session is opened, ended by DELETE, and from then on missing for every verb', async () => {
  const session = await server.session();
  const other = await server.session();
  expect(session.id).toMatch(/^[\x21-\x7e]+$/);
  expect((await session.delete()).status).toBe(200);
  const after = [await session.answer('ping'), await (await session.get()).done(), await session.delete()];
  expect(after.map(({ status }) => status)).toEqual([404, 404, 404]);
  expect((await other.answer('ping')).messages.at(-1).result).toEqual({});
});
