import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { logLevelKey, serverInfoKey } from '../contract/support/modern.ts';
import type { Served } from '../contract/support/serve.ts';
import { eras, modernEra } from './support/eras.ts';
import { servePlayground } from './support/playground.ts';

let server: Served;
beforeAll(async () => {
  server = await servePlayground();
});
afterAll(() => server[Symbol.asyncDispose]());

const said = (text: string) => [{ type: 'text', text }];

describe.each(eras)('in the %s era', (name, era) => {
  test('whoami names the process, the era, and the session or that there is none', async () => {
    const { ask } = await era.enter(server);
    const { result } = await ask('tools/call', { name: 'whoami' });
    expect(result.structuredContent).toEqual({
      process: 'p1',
      pid: 7,
      session: name === 'modern' ? null : expect.stringMatching(/…/),
      era: name,
      protocolVersion: era.version,
    });
    const { session } = result.structuredContent;
    const inSession = name === 'modern' ? 'no session' : `session ${session}`;
    expect(result.content).toEqual(said(`p1, pid 7, ${inSession}, ${name} era ${era.version}`));
  });

  test('count reports each step to who sent a token, before its answer', async () => {
    const { open } = await era.enter(server);
    const call = { name: 'count', arguments: { to: 3, everyMs: 0 } };
    const answer = await (await open('tools/call', { ...call, _meta: { progressToken: 'steps' } })).done();
    expect(answer.messages.slice(0, -1)).toEqual(
      [1, 2, 3].map((progress) => ({
        jsonrpc: '2.0',
        method: 'notifications/progress',
        params: { progressToken: 'steps', progress, total: 3 },
      })),
    );
    expect(answer.messages.at(-1).result.content).toEqual(said('Counted to 3'));
    const silent = await (await open('tools/call', call)).done();
    expect(silent.text).not.toContain('notifications/progress');
  });

  test('arguments that do not fit are answered with a result that says which', async () => {
    const { ask } = await era.enter(server);
    const { result } = await ask('tools/call', { name: 'count', arguments: { to: 0 } });
    expect(result.isError).toBe(true);
    expect(result.content[0].text).toMatch(/^Invalid arguments for count\. to: /);
  });

  test.each([
    ['an unknown tool', { name: 'whoaim' }, /^Invalid params: unknown tool whoaim\. There are whoami, count, /],
    [
      'arguments that are no object',
      { name: 'count', arguments: [] },
      /^Invalid params: arguments must be an object\.$/,
    ],
  ])('%s is -32602', async (_what, params, says) => {
    const { ask } = await era.enter(server);
    const { error } = await ask('tools/call', params);
    expect(error).toEqual({ code: -32602, message: expect.stringMatching(says) });
  });

  test('the tools are listed in one order, on one page', async () => {
    const { ask } = await era.enter(server);
    const { result } = await ask('tools/list');
    expect(result.tools.map((tool: { name: string }) => tool.name)).toEqual(
      'whoami count remember recall ask think slow announce chatter hang_up'.split(' '),
    );
    expect(result.nextCursor).toBeUndefined();
    const { error } = await ask('tools/list', { cursor: 'next' });
    expect(error.code).toBe(-32602);
  });
});

test('says the same of itself in both eras', async () => {
  const itself = {
    serverInfo: { name: 'streamable-http-lab', title: 'Streamable HTTP Lab', version: '0.1.0' },
    capabilities: {
      tools: { listChanged: true },
      resources: { subscribe: true },
      prompts: {},
      completions: {},
      logging: {},
    },
    instructions: expect.stringContaining('whoami'),
  };
  expect((await server.initialize()).json.result).toEqual({ protocolVersion: '2025-11-25', ...itself });
  const { ask } = await modernEra.enter(server);
  const { capabilities, instructions, _meta } = (await ask('server/discover')).result;
  expect({ serverInfo: _meta[serverInfoKey], capabilities, instructions }).toEqual(itself);
});

test('a call without name is -32602', async () => {
  const session = await server.session();
  const { error } = (await session.answer('tools/call', {})).messages.at(-1);
  expect(error).toEqual({ code: -32602, message: 'Invalid params: name must be a string.' });
});

test('remember keeps a value with the session, and fails where there is none', async () => {
  const call = (tool: string, args: object) => ({ name: tool, arguments: args });
  const session = await server.session();
  await session.answer('tools/call', call('remember', { key: 'colour', value: 'blue' }));
  const recalled = await session.answer('tools/call', call('recall', { key: 'colour' }));
  expect(recalled.messages.at(-1).result.content).toEqual(said('blue'));

  const { ask } = await modernEra.enter(server);
  const { result } = await ask('tools/call', call('remember', { key: 'colour', value: 'blue' }));
  expect([result.isError, result.content[0].text]).toEqual([
    true,
    'There is no session to keep colour in: 2026-07-28 has no sessions: nothing is kept between two requests',
  ]);
  const { result: recall } = await ask('tools/call', call('recall', { key: 'colour' }));
  expect([recall.isError, recall.content[0].text]).toEqual([
    true,
    expect.stringContaining('2026-07-28 has no sessions'),
  ]);
});

test('remember and setLevel say of a stateless server that it keeps nothing', async () => {
  await using stateless = await servePlayground({ stateless: true });
  const send = async (method: string, params: object) => {
    const headers = { 'mcp-protocol-version': '2025-11-25' };
    const answer = await stateless.send({ headers, body: { jsonrpc: '2.0', id: 1, method, params } });
    return answer.messages.at(-1);
  };
  const kept = await send('tools/call', { name: 'remember', arguments: { key: 'a', value: 'b' } });
  expect(kept.result.content[0].text).toMatch(/this server is stateless/);
  const level = await send('logging/setLevel', { level: 'debug' });
  expect(level.error).toEqual({
    code: -32600,
    message: expect.stringMatching(/^No session: this server is stateless/),
  });
});

test('chatter logs to a session at its level, and to a modern request that named one', async () => {
  const call = { name: 'chatter', arguments: { lines: 2 } };
  const logged = [1, 2].map((line) => ({ level: 'info', logger: 'chatter', data: `line ${line} of 2` }));
  const paramsOf = (messages: { method?: string; params?: object }[]) =>
    messages.filter(({ method }) => method === 'notifications/message').map(({ params }) => params);

  const session = await server.session();
  await session.answer('logging/setLevel', { level: 'info' });
  expect(paramsOf((await session.answer('tools/call', call)).messages)).toEqual(logged);
  await session.answer('logging/setLevel', { level: 'error' });
  expect(paramsOf((await session.answer('tools/call', call)).messages)).toEqual([]);
  expect((await session.answer('logging/setLevel', { level: 'loud' })).messages.at(-1).error.code).toBe(-32602);

  const { open } = await modernEra.enter(server);
  const asked = await (await open('tools/call', { ...call, _meta: { [logLevelKey]: 'info' } })).done();
  expect(paramsOf(asked.messages)).toEqual(logged);
  const unasked = await (await open('tools/call', call)).done();
  expect(unasked.json.result.content).toEqual(said('Wrote 2 lines'));
});

test('announce reaches the GET stream of a session and the listen stream of a modern client, once', async () => {
  const session = await server.session();
  const standalone = await session.get();
  const { open, ask } = await modernEra.enter(server);
  const listening = await open('subscriptions/listen', { notifications: { toolsListChanged: true } });
  await listening.received(1);
  await ask('tools/call', { name: 'announce' });
  await ask('tools/call', { name: 'announce' });
  const changed = { jsonrpc: '2.0', method: 'notifications/tools/list_changed' };
  expect((await standalone.received(2)).messages).toEqual([changed, changed]);
  const heard = (await listening.received(3)).messages.slice(1);
  expect(heard.map(({ method }) => method)).toEqual([changed.method, changed.method]);
  standalone.destroy();
  listening.destroy();
});
