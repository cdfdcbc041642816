import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { elicitation, type JsonObject, type TransportOptions } from '../../playground-server/transport/index.ts';
import {
  type Answer,
  acceptElicitation,
  type Frame,
  HandshakeSession,
  WireClient,
} from '../../playground-server/wire-client/index.ts';
import { heldMethod, type Method, testHandler } from '../contract/support/handler.ts';
import { type Served, serve } from '../contract/support/serve.ts';
import { until } from '../setup/until.ts';

type Options = Partial<Omit<TransportOptions, 'handler'>>;
const serving = (methods: Record<string, Method>, options: Options = {}) =>
  serve({ handler: testHandler(methods), retryInterval: 20, traced: true, ...options });

/** A session of the transport's own, opened; the client declares that it can be asked for input. */
async function open(server: Served, answer?: Answer): Promise<HandshakeSession> {
  const client = new WireClient({
    endpoint: `http://127.0.0.1:${server.port}/mcp`,
    clientInfo: { name: 'test', version: '1' },
    capabilities: { elicitation: {}, sampling: {} },
  });
  expect(await client.open()).toMatchObject({ kind: 'result' });
  return new HandshakeSession(client, answer);
}

/** With which `Last-Event-ID` each GET came. */
const resumes = ({ traces }: Served) =>
  traces.flatMap(({ event }) =>
    event.type === 'request-received' && event.method === 'GET' ? [new Map(event.headers).get('last-event-id')] : [],
  );

const dataOf = (frames: readonly Frame[]): JsonObject[] =>
  frames.filter(({ data }) => data).map(({ data }) => JSON.parse(data as string) as JsonObject);

const question = elicitation({
  message: 'Who?',
  requestedSchema: {
    type: 'object',
    properties: {
      name: { type: 'string', default: 'Ada' },
      age: { type: 'integer', default: 1 },
      nick: { type: 'string' },
    },
    required: ['name', 'age'],
  },
});

describe('what the server asks', () => {
  const ask: Method = async (_, context) => ({ said: (await context.ask({ who: question })).who });

  test('is answered by the callback, with the defaults of an elicitation filled in', async () => {
    await using server = await serving({ ask });
    const asked: JsonObject[] = [];
    const session = await open(server, ({ method, params }) => {
      asked.push({ method, message: params?.message ?? null });
      return acceptElicitation(params, { age: 36 });
    });
    expect(await session.request('ask')).toMatchObject({
      kind: 'result',
      result: { said: { action: 'accept', content: { name: 'Ada', age: 36 } } },
    });
    expect(asked).toEqual([{ method: 'elicitation/create', message: 'Who?' }]);
  });

  test('that the callback has no answer to is refused, with its reason', async () => {
    await using server = await serving({ ask });
    const session = await open(server, () => Promise.reject(new Error('Nobody is here')));
    expect(await session.request('ask')).toMatchObject({
      kind: 'error',
      error: { data: { code: -32603, message: 'Nobody is here' } },
    });
  });

  test('is a method not found where there is no callback; a ping is answered all the same', async () => {
    const ping: Method = async (_, context) => ({ pong: await context.request('ping') });
    await using server = await serving({ ask, ping });
    const session = await open(server);
    expect(await session.request('ping')).toMatchObject({ kind: 'result', result: { pong: {} } });
    expect(await session.request('ask')).toMatchObject({
      kind: 'error',
      error: { data: { code: -32601, message: 'Method not found: elicitation/create' } },
    });
  });

  test('and takes back is not answered any more', async () => {
    const impatient: Method = (_, context) => context.request('elicitation/create', question.params, { timeoutMs: 20 });
    await using server = await serving({ impatient });
    const { promise: later, resolve: answerNow } = Promise.withResolvers<void>();
    const session = await open(server, async ({ params }) => {
      await later;
      return acceptElicitation(params, { age: 1 });
    });
    expect(await session.request('impatient')).toMatchObject({ kind: 'error' });
    answerNow();
    // The second comes after what the first turn may have let go.
    for (let i = 0; i < 2; i++) await session.request('echo');
    const bodies = server.traces.flatMap(({ event }) => (event.type === 'body-received' ? [event.body] : []));
    expect(bodies.filter((body) => body.includes('"content"'))).toEqual([]);
  });
});

describe('a stream that ends before its response', () => {
  test('is resumed after the time that the server asked for, from the last event, until the response', async () => {
    const held = heldMethod();
    await using server = await serving({ held: held.method }, { retryInterval: 1_200 });
    const session = await open(server);
    const frames: Frame[] = [];
    const outcome = session.request('held', {}, { onFrame: (frame) => frames.push(frame) });
    const { context, answer } = await held.begun();
    context.notify('notifications/progress', { step: 1 });
    await until('the first step', () => dataOf(frames).length === 1);
    expect(context.hangUp()).toBe(true);
    const hungUpAt = performance.now();
    context.notify('notifications/progress', { step: 2 });
    await until('the client to be back', () => resumes(server).length === 1);
    // More than the second that a client waits by itself.
    expect(performance.now() - hungUpAt).toBeGreaterThan(1_150);
    answer({ done: true });
    expect(await outcome).toMatchObject({ kind: 'result', result: { done: true } });
    expect(dataOf(frames).map(({ params, result }) => params ?? result)).toEqual([
      { step: 1 },
      { step: 2 },
      { done: true },
    ]);
    expect(resumes(server)).toEqual(['1.1']);
  });

  test('is resumed when the connection broke, and as often as it brings something', async () => {
    const held = heldMethod();
    await using server = await serving({ held: held.method }, { retryInterval: 0 });
    const session = await open(server);
    const frames: Frame[] = [];
    const outcome = session.request('held', {}, { onFrame: (frame) => frames.push(frame) });
    const { context, answer } = await held.begun();
    for (let step = 1; step <= 7; step++) {
      context.notify('notifications/progress', { step });
      await until(`step ${step}`, () => dataOf(frames).length === step);
      server.server.closeAllConnections();
    }
    answer({ done: true });
    expect(await outcome).toMatchObject({ kind: 'result', result: { done: true } });
    expect(dataOf(frames)).toHaveLength(8);
  });

  test('and carries no event ids is not resumed', async () => {
    const held = heldMethod();
    await using server = await serving({ held: held.method }, { eventLog: null });
    const session = await open(server);
    const opened = Promise.withResolvers<void>();
    const outcome = session.request('held', {}, { onFrame: () => opened.resolve() });
    await opened.promise;
    server.server.closeAllConnections();
    expect(await outcome).toMatchObject({ kind: 'unreachable' });
    expect(resumes(server)).toEqual([]);
  });

  test('is given up when its caller gives up, while it waits', async () => {
    const left = new AbortController();
    const { session, asked } = scripted(['id: 1\nretry: 60000\ndata:\n\n']);
    const outcome = session.request('tools/call', {}, { signal: left.signal });
    await until('the stream to have ended', () => asked[0]?.ended);
    await nextTurn();
    left.abort();
    expect(await outcome).toEqual({ kind: 'aborted' });
    expect(asked).toHaveLength(1);
  });

  test('is given up when it brings nothing five times in a row', async () => {
    const nothing = 'id: 1\nretry: 0\ndata:\n\n';
    const { session, asked } = scripted(Array(10).fill(nothing));
    expect(await session.request('tools/call')).toMatchObject({ kind: 'no-response' });
    expect(asked.map(({ method }) => method)).toEqual(['POST', ...Array(5).fill('GET')]);
  });

  test('is left as soon as the response is there, although the server keeps it open', async () => {
    const response = 'id: 2\ndata: {"jsonrpc":"2.0","id":1,"result":{}}\n\n';
    const { session, asked } = scripted(['id: 1\nretry: 0\ndata:\n\n', response], 1);
    expect(await session.request('tools/call')).toMatchObject({ kind: 'result' });
    expect(asked.map(({ left }) => left())).toEqual([false, true]);
  });
});

interface Asked {
  method: string;
  ended: boolean;
  /** Whether the client broke the connection off. */
  left(): boolean;
}

/** A session with a server that answers with these event streams, one by one; the one at `stays` it leaves open. */
function scripted(streams: string[], stays?: number): { session: HandshakeSession; asked: Asked[] } {
  const asked: Asked[] = [];
  const answer: typeof fetch = async (_, init) => {
    const turn = asked.length;
    const call = { method: String(init?.method), ended: false, left: () => init?.signal?.aborted ?? false };
    asked.push(call);
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(new TextEncoder().encode(streams[turn])),
      pull: (controller) => {
        if (turn === stays) return init?.signal?.addEventListener('abort', () => controller.error(init.signal?.reason));
        controller.close();
        call.ended = true;
      },
    });
    return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
  };
  const clientInfo = { name: 'test', version: '1' };
  return {
    session: new HandshakeSession(new WireClient({ endpoint: 'http://a/mcp', clientInfo, fetch: answer })),
    asked,
  };
}

describe('the standalone stream', () => {
  test('is opened again when it ends, loses nothing, and is left when the caller leaves', async () => {
    await using server = await serving({});
    const session = await open(server);
    const frames: Frame[] = [];
    const left = new AbortController();
    const outcome = session.listen({ signal: left.signal, onFrame: (frame) => frames.push(frame) });
    for (let round = 1; round <= 3; round++) {
      await until('the stream to be open', () => resumes(server).length === round);
      server.transport.broadcast('notifications/tools/list_changed');
      await until('what was said to it', () => dataOf(frames).length === 2 * round - 1);
      server.server.closeAllConnections();
      server.transport.broadcast('notifications/prompts/list_changed');
      await until('what was said in between', () => dataOf(frames).length === 2 * round);
    }
    left.abort();
    expect(await outcome).toEqual({ kind: 'aborted' });
    await until('the stream to be closed', () => !server.transport.inspect().streams.some(({ open }) => open));
  });

  test('that the server refuses is refused', async () => {
    await using server = await serving({});
    const session = await open(server);
    await session.client.end();
    expect(await session.listen()).toMatchObject({ kind: 'error', status: 400 });
  });
});
