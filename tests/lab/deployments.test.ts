import { afterAll, beforeAll, expect, test } from 'vitest';
import { maskSessionId } from '../../playground-server/transport/trace.ts';
import { initialize, type LocalServer, localServer, TestLab } from './local-server.ts';

/** A result that may ask. */
interface Asked {
  inputRequests?: Record<string, object>;
  requestState?: string;
}

let server: LocalServer;
beforeAll(async () => {
  server = await localServer({ config: { labsMax: 10 } });
});
afterAll(() => server.stop());

/** Opens so many sessions, calls each so often, and gives how many calls of each found it. */
async function callsFound(lab: TestLab, sessions: number, calls: number): Promise<Map<string, number>> {
  const ids: string[] = [];
  for (let i = 0; i < sessions; i++) ids.push(await lab.initialize());
  const found = new Map<string, number>();
  for (const id of ids) {
    for (let i = 0; i < calls; i++) {
      const answer = await lab.callTool(id, 'whoami', {}, i + 10);
      await answer.text();
      found.set(maskSessionId(id), (found.get(maskSessionId(id)) ?? 0) + (answer.status === 200 ? 1 : 0));
    }
  }
  return found;
}

test("hashed is all or nothing for each of 16 sessions, and the router's table says for which", async () => {
  await using lab = await TestLab.create(server.origin, { deployment: 'hashed' });
  const found = await callsFound(lab, 16, 6);
  expect([...found.values()].filter((count) => count !== 0 && count !== 6)).toEqual([]);
  const { router, processes } = await lab.state();
  expect(router.policy).toBe('hash');
  const heldBy = (session: string) => processes.find(({ sessions }) => sessions.some(({ id }) => id === session))?.name;
  const fitting = (router.sessions ?? []).filter(({ session, process }) => heldBy(session) === process);
  const working = [...found].filter(([, count]) => count === 6).map(([session]) => session);
  expect(router.sessions).toHaveLength(16);
  expect(fitting.map(({ session }) => session).sort()).toEqual(working.sort());
  // One in four, by chance: all sixteen alike would be one in a hundred.
  expect(working.length).toBeLessThan(16);
});

test('sticky loses none of 16 sessions until their owner dies, and then all that it had', async () => {
  await using lab = await TestLab.create(server.origin, { deployment: 'sticky' });
  expect([...(await callsFound(lab, 16, 6)).values()]).toEqual(Array(16).fill(6));
  const session = await lab.initialize();
  const owner = (await lab.callTool(session, 'whoami')).headers.get('lab-process') ?? '';
  await lab.kill(owner);
  await lab.wireUntil('its end', ({ body }) => body.type === 'process-exited' && body.process === owner);
  const answer = await lab.callTool(session, 'whoami', {}, 99);
  expect([answer.status, await answer.text()]).toEqual([404, expect.stringContaining('Session not found')]);
});

test('[B2] [B5] shared finds every session in every process, and loses none when the one that opened it is killed', async () => {
  await using lab = await TestLab.create(server.origin, { deployment: 'shared' });
  expect([...(await callsFound(lab, 16, 6)).values()]).toEqual(Array(16).fill(6));
  const opened = await lab.post(initialize);
  await opened.text();
  const [session, owner] = [opened.headers.get('mcp-session-id') ?? '', opened.headers.get('lab-process') ?? ''];
  const kept = await lab.callTool(session, 'remember', { key: 'k', value: 'still here' });
  expect(await kept.text()).toContain('Kept k');
  await lab.kill(owner);
  await lab.wireUntil('its end', ({ body }) => body.type === 'process-exited' && body.process === owner);
  const seen = new Set<string | null>();
  for (let i = 0; i < 8; i++) {
    const answer = await lab.callTool(session, 'recall', { key: 'k' }, 100 + i);
    expect([answer.status, await answer.text()]).toEqual([200, expect.stringContaining('still here')]);
    seen.add(answer.headers.get('lab-process'));
  }
  expect(seen.size).toBeGreaterThan(2);
});

test('[I3] shared opens in any process what another one asked back in the modern era', async () => {
  await using lab = await TestLab.create(server.origin, { deployment: 'shared' });
  const meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientCapabilities': { elicitation: { form: {} } },
  };
  const ask = async (id: number, more: object = {}) => {
    const params = { name: 'ask', arguments: { question: 'Which?' }, _meta: meta, ...more };
    const answer = await fetch(lab.created.endpoint, {
      method: 'POST',
      headers: {
        accept: 'application/json, text/event-stream',
        'content-type': 'application/json',
        'mcp-protocol-version': '2026-07-28',
        'mcp-method': 'tools/call',
        'mcp-name': 'ask',
      },
      body: JSON.stringify({ jsonrpc: '2.0', id, method: 'tools/call', params }),
    });
    return { process: answer.headers.get('lab-process'), result: ((await answer.json()) as { result: Asked }).result };
  };
  const first = await ask(1);
  const [key = ''] = Object.keys(first.result.inputRequests ?? {});
  const answered = { inputResponses: { [key]: { action: 'accept', content: { answer: 'this' } } } };
  const second = await ask(2, { ...answered, requestState: first.result.requestState });
  expect(second.process).not.toBe(first.process);
  expect(second.result).toMatchObject({ resultType: 'complete', content: [{ text: expect.stringContaining('this') }] });
});

test('stateless answers every call on every process without a session, and has nothing to open or to end', async () => {
  await using lab = await TestLab.create(server.origin, { deployment: 'stateless' });
  const opened = await lab.post(initialize);
  expect([opened.status, opened.headers.get('mcp-session-id')]).toEqual([200, null]);
  const processes = new Set<string | null>();
  for (let i = 0; i < 8; i++) {
    const call = { jsonrpc: '2.0', id: i, method: 'tools/call', params: { name: 'whoami', arguments: {} } };
    const answer = await lab.post(call);
    expect([answer.status, await answer.text()]).toEqual([200, expect.stringContaining('"process"')]);
    processes.add(answer.headers.get('lab-process'));
  }
  expect(processes.size).toBe(4);
  const got = await fetch(lab.created.endpoint, { headers: { accept: 'text/event-stream' } });
  expect([got.status, got.headers.get('allow')]).toEqual([405, 'POST']);
});
