/** The handshake era without sessions: nothing is remembered from one POST to the next. */
import { expect, test } from 'vitest';
import { AskError, roots } from '../../playground-server/transport/index.ts';
import { until } from '../setup/until.ts';
import { acceptBoth, latest } from './support/client.ts';
import { expectError } from './support/expect.ts';
import { heldMethod, testHandler } from './support/handler.ts';
import { byUser } from './support/principal.ts';
import { serve } from './support/serve.ts';

const request = (id: string | number, method = 'ping', params?: object) => ({
  jsonrpc: '2.0',
  id,
  method,
  ...(params && { params }),
});
const result = (id: string | number, value: object = {}) => ({ jsonrpc: '2.0', id, result: value });
const spoken = { 'mcp-protocol-version': latest };

test('[P10] [X4] stateless: a description that cannot be sent is an internal error, and traced', async () => {
  const handler = {
    ...testHandler(),
    describe: () => ({ serverInfo: { name: 'n', version: 1n }, capabilities: {} }) as never,
  };
  await using server = await serve({ stateless: true, handler, traced: true });
  const { status, json } = await server.initialize();
  expect([status, json.error]).toEqual([200, { code: -32603, message: 'Internal error.' }]);
  expect(server.traces.map(({ event }) => event.type)).toContain('handler-failed');
});

test('[P10] stateless: initialize negotiates a version, issues no session id and remembers nothing', async () => {
  await using server = await serve({ stateless: true, maxSessions: 1 });
  for (const [asked, given] of [
    ['2025-06-18', '2025-06-18'],
    ['1999-01-01', '2025-11-25'],
  ]) {
    const answer = await server.initialize({ protocolVersion: asked });
    expect([answer.status, answer.json.result.protocolVersion]).toEqual([200, given]);
    expect(answer.headers['mcp-session-id']).toBeUndefined();
  }
  expectError(await server.initialize({ clientInfo: 7 }), 200, -32602, /^Invalid initialize params: clientInfo/, 1);
  expect((await server.initialize({}, { 'mcp-session-id': 'whatever' })).status).toBe(200);
  expect(server.transport.inspect().sessions).toEqual([]);
});

test('[P7] [P12] [P14] stateless: a message needs no initialize and no session id, and one that comes is ignored', async () => {
  await using server = await serve({ stateless: true });
  for (const headers of [{}, spoken, { 'mcp-session-id': 'of another server' }]) {
    const answer = await server.send({ body: request('r', 'echo', { a: 1 }), headers });
    expect([answer.status, answer.state, answer.messages]).toEqual([200, 'ended', [result('r', { a: 1 })]]);
    for (const body of [
      { jsonrpc: '2.0', method: 'notifications/initialized' },
      { jsonrpc: '2.0', id: 1, result: {} },
    ]) {
      const accepted = await server.send({ body, headers });
      expect([accepted.status, accepted.text]).toEqual([202, '']);
    }
  }
  expect(server.handler.notifications.map(({ method }) => method)).toEqual(Array(3).fill('notifications/initialized'));
});

test('[E2] [S4] stateless: GET and DELETE answer 405 with Allow: POST, whatever else they say', async () => {
  await using server = await serve({ stateless: true });
  for (const method of ['GET', 'DELETE']) {
    for (const headers of [
      {},
      { ...spoken, 'mcp-session-id': 'x' },
      { accept: undefined },
      { 'last-event-id': '1.0' },
    ]) {
      const answer = await server.send({ method, headers });
      expectError(answer, 405, -32600, new RegExp(`^Method not allowed: ${method}\\. This server keeps no sessions`));
      expect(answer.headers.allow).toBe('POST');
    }
  }
});

test('[E1] [E8] stateless: nothing can be resumed, so a stream has no ids and its handler cannot hang up', async () => {
  const handler = testHandler({
    talk: (_, context) => {
      context.notify('notifications/progress', { n: 1 });
      return { hungUp: context.hangUp() };
    },
  });
  await using server = await serve({ stateless: true, handler });
  for (const headers of [spoken, {}]) {
    const answer = await server.send({ body: request(1, 'talk'), headers });
    expect(answer.messages).toEqual([
      { jsonrpc: '2.0', method: 'notifications/progress', params: { n: 1 } },
      result(1, { hungUp: false }),
    ]);
    expect(answer.text).not.toMatch(/^(id|retry):/m);
    expect(answer.frames[0]?.comment).toBe('open');
  }
});

test('[P8] stateless: an unsupported version answers 400', async () => {
  await using server = await serve({ stateless: true });
  const headers = { 'mcp-protocol-version': '2024-11-05' };
  expectError(await server.send({ body: request(1), headers }), 400, -32600, /^Unsupported MCP-Protocol-Version/, 1);
  expectError(await server.send({ body: [request(1)], headers }), 400, -32600, /^Unsupported MCP-Protocol-Version/);
});

test('[P6] stateless: an array is served where the header says 2025-03-26 or nothing', async () => {
  await using server = await serve({ stateless: true, maxInFlight: 2 });
  for (const headers of [{}, { 'mcp-protocol-version': '2025-03-26' }]) {
    const answer = await server.send({ body: [request(1), request(2)], headers });
    expect(answer.messages).toEqual([result(1), result(2)]);
    expect((await server.send({ body: [request(1), request(1)], headers })).status).toBe(400);
    expect((await server.send({ body: [request(1), request(2), request(3)], headers })).status).toBe(429);
  }
  for (const version of ['2025-06-18', latest]) {
    const answer = await server.send({ body: [request(1)], headers: { 'mcp-protocol-version': version } });
    expectError(answer, 400, -32600, /arrays exist in revision 2025-03-26 alone/);
  }
});

test('[P6] [P12] stateless: a response in an array is accepted, and what follows it is taken in', async () => {
  await using server = await serve({ stateless: true });
  const notification = { jsonrpc: '2.0', method: 'notifications/n' };
  for (const body of [
    [result('nobody asked'), notification],
    [result('0123456789abcdef.1'), notification],
  ]) {
    const accepted = await server.send({ body });
    expect([accepted.status, accepted.text]).toEqual([202, '']);
  }
  expect(server.handler.notifications).toEqual([notification, notification]);
});

test('[P14] stateless: with enableJsonResponse there is one JSON object, or one array of them', async () => {
  await using server = await serve({ stateless: true, enableJsonResponse: true });
  const headers = { accept: 'application/json' };
  expect((await server.send({ body: request(1), headers })).json).toEqual(result(1));
  expect((await server.send({ body: [request(1), request(2)], headers })).json).toEqual([result(1), result(2)]);
});

test('[C2] stateless: a handler knows the version and who calls, has no session, and can ask nothing', async () => {
  const seen: unknown[] = [];
  const handler = testHandler({
    look: async (_, context) => {
      const { session, clientInfo, clientCapabilities, protocolVersion, principal } = context;
      seen.push({ session, clientInfo, clientCapabilities, protocolVersion, principal });
      const asked = [context.ask({ where: roots() }), context.request('ping')];
      const failures = (await Promise.allSettled(asked)) as PromiseRejectedResult[];
      return { reasons: failures.map(({ reason }) => (reason instanceof AskError ? reason.reason : 'no AskError')) };
    },
    ask: (_, context) => context.request('ping'),
  });
  await using server = await serve({ stateless: true, handler, principal: byUser });
  await server.initialize({ capabilities: { roots: {} } });
  const answer = await server.send({ body: request(1, 'look'), headers: { ...spoken, 'x-user': 'alice' } });
  expect(answer.messages).toEqual([result(1, { reasons: ['no-way-to-ask', 'no-way-to-ask'] })]);
  await server.send({ body: request(1, 'look') });
  const nobody = { session: null, clientInfo: null, clientCapabilities: {} };
  expect(seen).toEqual([
    { ...nobody, protocolVersion: latest, principal: 'alice' },
    { ...nobody, protocolVersion: '2025-03-26', principal: null },
  ]);
  // A handler that does not catch it answers with the reason.
  const refused = await server.send({ body: request(1, 'ask') });
  const message = 'The client cannot be asked: this server keeps no sessions.';
  expect(refused.messages).toEqual([{ jsonrpc: '2.0', id: 1, error: { code: -32600, message } }]);
});

test('[X2] stateless: a trace says of each stream what it is for', async () => {
  await using server = await serve({ stateless: true, traced: true });
  await server.send({ body: request('r', 'echo') });
  await server.send({ body: [request(1), request(2)] });
  expect(server.traces.filter(({ event }) => event.type === 'stream-opened')).toEqual([
    { event: { type: 'stream-opened', request: { method: 'echo', id: 'r' } }, place: { stream: '1' } },
    { event: { type: 'stream-opened' }, place: { stream: '1' } },
  ]);
});

test('[P13] [P15] stateless: two requests with one id are two, and a cancellation names none of another POST', async () => {
  const held = heldMethod();
  const options = { handler: testHandler({ held: held.method }), duplicateRequestIds: 'reject' } as const;
  await using server = await serve({ stateless: true, ...options });
  const answers = [await server.open({ body: request(1, 'held') }), await server.open({ body: request(1, 'held') })];
  const calls = [await held.begun(), await held.begun()];
  const cancelled = { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 1 } };
  expect((await server.send({ body: cancelled })).status).toBe(202);
  expect(calls.map(({ context }) => context.signal.aborted)).toEqual([false, false]);
  for (const [i, call] of calls.entries()) call.answer({ i });
  for (const [i, answer] of answers.entries()) expect((await answer.done()).messages).toEqual([result(1, { i })]);
});

test('[P16] stateless: a connection that goes away does not cancel its request, and leaves nothing behind', async () => {
  const held = heldMethod();
  await using server = await serve({ stateless: true, handler: testHandler({ held: held.method }), traced: true });
  const answer = await server.open({ body: request(1, 'held') });
  const call = await held.begun();
  answer.destroy();
  await until('the connection to be gone', () => server.traces.some(({ event }) => event.type === 'connection-closed'));
  expect(call.context.signal.aborted).toBe(false);
  call.context.notify('notifications/progress', {});
  call.answer({});
  expect((await server.send({ body: request(2) })).messages).toEqual([result(2)]);
});

test('[E4] stateless: what is told to everyone reaches nobody, and a log message goes by the level info', async () => {
  const handler = testHandler({
    talk: (_, context) => {
      context.broadcast('notifications/tools/list_changed');
      for (const level of ['debug', 'info'] as const) context.log(level, level);
      return {};
    },
  });
  await using server = await serve({ stateless: true, handler });
  const answer = await server.send({ body: request(1, 'talk') });
  expect(answer.messages.map(({ method, params }) => [method, params?.level])).toEqual([
    ['notifications/message', 'info'],
    [undefined, undefined],
  ]);
});

test('[P1] [P2] [P4] [P5] stateless: the order of refusals is the same', async () => {
  await using server = await serve({ stateless: true });
  const statuses = [];
  for (const [accept, type, body] of [
    ['text/html', 'text/plain', '{'],
    [acceptBoth, 'text/plain', '{'],
    [acceptBoth, 'application/json', '{'],
    [acceptBoth, 'application/json', '{}'],
    [acceptBoth, 'application/json', JSON.stringify(request(1))],
  ] as const) {
    const answer = await server.send({
      body,
      headers: { accept, 'content-type': type, 'mcp-protocol-version': latest },
    });
    statuses.push(answer.status);
  }
  expect(statuses).toEqual([406, 415, 400, 400, 200]);
});
