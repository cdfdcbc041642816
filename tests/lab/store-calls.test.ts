import { afterAll, beforeAll, expect, test } from 'vitest';
import type { WireEvent } from '../../playground-server/lab/wire.ts';
import { maskSessionId } from '../../playground-server/transport/trace.ts';
import { initialize, type LocalServer, localServer, TestLab } from './local-server.ts';

let server: LocalServer;
beforeAll(async () => {
  server = await localServer({ config: { labsMax: 10 } });
});
afterAll(() => server.stop());

/** `admit found`, of the calls of one exchange. */
const callsOf = (events: readonly WireEvent[], exchange: string): string[] =>
  events.flatMap((event) =>
    event.body.type === 'store-called' && event.exchange === exchange
      ? [`${event.body.operation} ${event.body.outcome}`]
      : [],
  );

const everyCall = (events: readonly WireEvent[]) =>
  events.flatMap(({ body, ...place }) => (body.type === 'store-called' ? [{ ...place, ...body }] : []));

test('[S5] each exchange shows what its process asked of the store, and no whole session id', async () => {
  await using lab = await TestLab.create(server.origin, { deployment: 'shared' });
  const session = await lab.initialize();
  await (await lab.callTool(session, 'whoami')).text();
  await (await lab.callTool('nobody-knows-this-session', 'whoami')).text();
  const events = await lab.wireOf(4);
  expect(callsOf(events, 'x1')).toEqual(['sessions.create created']);
  expect(callsOf(events, 'x2')).toEqual(['sessions.admit found']);
  expect(callsOf(events, 'x3')).toEqual(['sessions.admit found', 'logs.open opened']);
  expect(callsOf(events, 'x4')).toEqual(['sessions.admit missing']);
  const calls = everyCall(events);
  expect(calls.filter(({ durationMs }) => !(durationMs >= 0 && durationMs < 1000))).toEqual([]);
  expect(new Set(calls.map((call) => call.session))).toEqual(
    new Set([maskSessionId(session), maskSessionId('nobody-knows-this-session')]),
  );
  expect(JSON.stringify(events.filter(({ body }) => body.type === 'store-called'))).not.toContain(session);
  // What was asked stands between the request and what came of it.
  const asked = events.findIndex(({ exchange, body }) => exchange === 'x3' && body.type === 'store-called');
  const found = events.findIndex(({ exchange, body }) => exchange === 'x3' && body.type === 'session-found');
  const arrived = events.findIndex(({ exchange, body }) => exchange === 'x3' && body.type === 'body-received');
  expect([arrived < asked, asked < found]).toEqual([true, true]);
});

test('what a handler says later belongs to its stream, and is numbered by the store', async () => {
  await using lab = await TestLab.create(server.origin, { deployment: 'shared' });
  const session = await lab.initialize();
  const slow = lab.callTool(session, 'count', { to: 3, everyMs: 60 });
  // Another request is served by the same process meanwhile: nothing of the count may count as its own.
  for (let call = 0; call < 8; call += 1) await (await lab.callTool(session, 'whoami', {}, 50 + call)).text();
  await (await slow).text();
  const events = await lab.wireOf(11);
  const stream = events.find(({ exchange, body }) => exchange === 'x3' && body.type === 'stream-attached')?.stream;
  const appended = everyCall(events).filter((call) => call.stream === stream && call.operation === 'logs.append');
  expect(appended.map(({ outcome }) => outcome)).toEqual(['number 1', 'number 2', 'number 3', 'number 4, the last']);
  const others = Array.from({ length: 8 }, (_, call) => callsOf(events, `x${4 + call}`));
  expect(others).toEqual(Array(8).fill(['sessions.admit found', 'logs.open opened']));
});

test('a message between processes is told where it is sent, and where it is heard', async () => {
  await using lab = await TestLab.create(server.origin, { deployment: 'shared' });
  const capabilities = { elicitation: {} };
  const opened = await lab.post({ ...initialize, params: { ...initialize.params, capabilities } });
  await opened.text();
  const session = opened.headers.get('mcp-session-id') ?? '';
  await (await lab.post({ jsonrpc: '2.0', method: 'notifications/initialized' }, session)).text();
  const call = await lab.callTool(session, 'ask', { question: 'Which?' });
  const events = await lab.wireUntil('the question', ({ body }) => body.type === 'client-asked');
  const question = events.find(({ body }) => body.type === 'client-asked')?.body;
  const id = question?.type === 'client-asked' ? question.id : '';
  const answer = await lab.post(
    { jsonrpc: '2.0', id, result: { action: 'accept', content: { answer: 'a' } } },
    session,
  );
  await answer.text();
  expect(await call.text()).toContain('"result"');
  const after = await lab.wireOf(4);
  const sent = everyCall(after).find(({ message }) => message === 'answer');
  const heard = after.find(({ body }) => body.type === 'message-delivered' && body.message === 'answer');
  expect([sent?.actor, sent?.exchange, sent?.outcome]).toEqual([answer.headers.get('lab-process'), 'x4', 'sent']);
  expect(heard?.actor).toBe(call.headers.get('lab-process'));
  expect(heard?.actor).not.toBe(sent?.actor);
  expect(heard?.session).toBe(maskSessionId(session));
});

test('[B5] who takes the claim of a killed process says so, and a lab that idles fills no log', async () => {
  await using lab = await TestLab.create(server.origin, { deployment: 'shared' });
  const session = await lab.initialize();
  const call = await lab.callTool(session, 'count', { to: 100, everyMs: 1000 });
  const runner = call.headers.get('lab-process') ?? '';
  const abort = call.text().catch(() => '');
  await lab.kill(runner);
  await abort;
  const events = await lab.wireUntil('its end', ({ body }) => {
    return body.type === 'store-called' && body.operation === 'logs.finish';
  });
  const finish = everyCall(events).filter(({ operation }) => operation === 'logs.finish');
  const claim = everyCall(events).filter(({ operation }) => operation.startsWith('claims.'));
  expect(finish).toMatchObject([{ session: maskSessionId(session), outcome: 'ended' }]);
  expect(claim).toMatchObject([{ operation: 'claims.acquire', outcome: expect.stringMatching(/^fence \d+$/) }]);
  expect(claim[0]?.actor).toBe(finish[0]?.actor);
  // Seconds of four processes' heartbeats went by, and their clocks ticked.
  const quiet = events.filter(({ body, exchange }) => body.type === 'store-called' && exchange === undefined);
  expect(quiet.length).toBeLessThan(8);
});
