import { describe, expect, test } from 'vitest';
import { elicitation, headerParameters, type JsonObject, roots } from '../../playground-server/transport/index.ts';
import { type Answer, acceptElicitation } from '../../playground-server/wire-client/index.ts';
import { ModernClient, ModernSession } from '../../playground-server/wire-client/modern.ts';
import { type Method, type TestHandler, testHandler } from '../contract/support/handler.ts';
import { type Served, serve } from '../contract/support/serve.ts';

const serving = (methods: Record<string, Method>) => serve({ handler: testHandler(methods), traced: true });

function sessionOf(server: Served, answer?: Answer, protocolVersion?: string): ModernSession {
  const client = new ModernClient({
    endpoint: `http://127.0.0.1:${server.port}/mcp`,
    clientInfo: { name: 'test', version: '1' },
    capabilities: { elicitation: {}, roots: {} },
    ...(protocolVersion && { protocolVersion }),
  });
  return new ModernSession(client, answer);
}

/** The body of each POST. */
const bodies = ({ traces }: Served): { id: number; method: string; params: JsonObject }[] =>
  traces.flatMap(({ event }) => (event.type === 'body-received' ? [JSON.parse(event.body)] : []));

const form = (message: string) =>
  elicitation({
    message,
    requestedSchema: { type: 'object', properties: { yes: { type: 'boolean', default: true } } },
  });

describe('a version that the server does not speak', () => {
  test('is given up for one that both speak, in this request and in those after it', async () => {
    await using server = await serving({});
    const session = sessionOf(server, undefined, '2099-01-01');
    expect(await session.request('echo', { a: 1 })).toMatchObject({ kind: 'result', result: { a: 1 } });
    expect(await session.request('echo')).toMatchObject({ kind: 'result' });
    const versions = bodies(server).map(({ id, params }) => [
      id,
      (params._meta as JsonObject)['io.modelcontextprotocol/protocolVersion'],
    ]);
    expect(versions).toEqual([
      [1, '2099-01-01'],
      [2, '2026-07-28'],
      [3, '2026-07-28'],
    ]);
  });

  test.each([[['1999-01-01']], [undefined], ['2026-07-28']])(
    'with %j for others, the refusal is the outcome',
    async (supported) => {
      const error = { code: -32022, message: 'no', ...(supported && { data: { supported } }) };
      let asked = 0;
      const answer = async () => {
        asked++;
        return Response.json({ jsonrpc: '2.0', id: 1, error }, { status: 400 });
      };
      const client = new ModernClient({
        endpoint: 'http://a/mcp',
        clientInfo: { name: 't', version: '1' },
        fetch: answer,
      });
      expect(await new ModernSession(client).request('ping')).toMatchObject({ kind: 'error', error });
      expect(asked).toBe(1);
    },
  );
});

describe('a result that asks for input', () => {
  const rounds: Method = async (_, context) => {
    const first = await context.ask({ a: form('a?'), b: roots() }, { state: { seen: 1 } });
    const second = await context.ask({ c: form('c?') }, { state: { seen: 2 } });
    return { first, second };
  };
  const answer: Answer = ({ method, params }) =>
    method === 'roots/list' ? { roots: [{ uri: 'file:///lab' }] } : acceptElicitation(params);

  test('is answered round by round, each with the state of its own and a new id', async () => {
    await using server = await serving({ 'tools/call': rounds });
    expect(await sessionOf(server, answer).callTool('rounds', { x: 1 })).toMatchObject({
      kind: 'result',
      result: {
        resultType: 'complete',
        first: { a: { action: 'accept', content: { yes: true } }, b: { roots: [{ uri: 'file:///lab' }] } },
        second: { c: { action: 'accept', content: { yes: true } } },
      },
    });
    const sent = bodies(server);
    expect(sent.map(({ id, params }) => [id, params.arguments])).toEqual([1, 2, 3].map((id) => [id, { x: 1 }]));
    expect(sent.map(({ params }) => Object.keys((params.inputResponses as JsonObject) ?? {}))).toEqual([
      [],
      ['a', 'b'],
      ['c'],
    ]);
    const states = sent.map(({ params }) => params.requestState);
    expect(new Set(states).size).toBe(3);
    expect(states[0]).toBeUndefined();
  });

  test('leaves no trace in another request, not even one between the rounds', async () => {
    await using server = await serving({ 'tools/call': rounds });
    const session: ModernSession = sessionOf(server, async (question) => {
      await session.request('echo', {});
      return answer(question);
    });
    await session.callTool('rounds');
    const others = bodies(server).filter(({ method }) => method === 'echo');
    expect(others.length).toBe(3);
    expect(others.map(({ params }) => Object.keys(params))).toEqual(others.map(() => ['_meta']));
  });

  test('is the outcome where nobody answers', async () => {
    await using server = await serving({ 'tools/call': rounds });
    expect(await sessionOf(server).callTool('rounds')).toMatchObject({ result: { resultType: 'input_required' } });
    expect(bodies(server)).toHaveLength(1);
  });

  test('and asks for ever is left after ten rounds', async () => {
    let asked = 0;
    const always: typeof fetch = async () => {
      asked++;
      const result = { resultType: 'input_required', requestState: `s${asked}` };
      return Response.json({ jsonrpc: '2.0', id: asked, result });
    };
    const client = new ModernClient({
      endpoint: 'http://a/mcp',
      clientInfo: { name: 't', version: '1' },
      fetch: always,
    });
    expect(await new ModernSession(client, answer).request('tools/call')).toMatchObject({
      result: { requestState: 's11' },
    });
    expect(asked).toBe(11);
  });

  test('without questions is sent once more with its state and no answers; without a type it is complete', async () => {
    const results: JsonObject[] = [{ resultType: 'input_required', requestState: 's' }, { requestState: 't' }];
    const sent: JsonObject[] = [];
    const scripted: typeof fetch = async (_, init) => {
      const { id, params } = JSON.parse(String(init?.body)) as { id: number; params: JsonObject };
      sent.push(params);
      return Response.json({ jsonrpc: '2.0', id, result: results.shift() });
    };
    const client = new ModernClient({
      endpoint: 'http://a/mcp',
      clientInfo: { name: 't', version: '1' },
      fetch: scripted,
    });
    expect(await new ModernSession(client, answer).request('tools/call', { name: 'a' })).toMatchObject({
      result: { requestState: 't' },
    });
    expect(sent.map(({ _meta, ...rest }) => rest)).toEqual([{ name: 'a' }, { name: 'a', requestState: 's' }]);
  });
});

describe('the tools', () => {
  const tool = (name: string, header?: string) => ({
    name,
    inputSchema: {
      type: 'object',
      properties: { region: { type: 'string', ...(header && { 'x-mcp-header': header }) } },
    },
  });

  function withTools(pages: JsonObject[][]): TestHandler {
    const handler = testHandler({
      'tools/call': (params) => params,
      'tools/list': ({ cursor }) => {
        const page = Number(cursor ?? 0);
        return { tools: pages[page] ?? [], ...(page + 1 < pages.length && { nextCursor: String(page + 1) }) };
      },
    });
    handler.headerParameters = (name) => {
      const found = pages.flat().find((listed) => listed.name === name);
      return found && headerParameters(found.inputSchema as JsonObject);
    };
    return handler;
  }

  test('are listed to their last page, those with invalid headers left out', async () => {
    await using server = await serve({
      handler: withTools([
        [tool('a'), tool('bad', 'My Region')],
        [tool('b', 'Region'), tool('c')],
      ]),
    });
    const { tools, rejected, outcome } = await sessionOf(server).listTools();
    expect(outcome.kind).toBe('result');
    expect([tools, rejected].map((some) => some.map(({ name }) => name))).toEqual([['a', 'b', 'c'], ['bad']]);
  });

  test('are called with the headers that their list declares', async () => {
    await using server = await serve({ handler: withTools([[tool('b', 'Region')]]), traced: true });
    const session = sessionOf(server);
    await session.listTools();
    expect(await session.callTool('b', { region: 'x' })).toMatchObject({ kind: 'result' });
    expect(bodies(server).map(({ method }) => method)).toEqual(['tools/list', 'tools/call']);
  });

  test('are listed again when a call is refused for its headers, and the call made again', async () => {
    await using server = await serve({ handler: withTools([[tool('b', 'Region')]]), traced: true });
    expect(await sessionOf(server).callTool('b', { region: 'x' })).toMatchObject({ kind: 'result' });
    expect(bodies(server).map(({ method }) => method)).toEqual(['tools/call', 'tools/list', 'tools/call']);
  });
});
