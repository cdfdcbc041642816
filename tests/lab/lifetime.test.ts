import { expect, test } from 'vitest';
import type { DeploymentsAnswer } from '../../playground-server/lab/api.ts';
import { until } from '../setup/until.ts';
import { isAlive, localServer, readWire, TestLab } from './local-server.ts';

test('an idle lab is warned of its end, then ends, though its wire is being read', async () => {
  await using server = await localServer({ labLimits: { idleTimeoutMs: 900, idleWarningMs: 400 } });
  const lab = await TestLab.create(server.origin);
  await using wire = await readWire(lab);
  await wire.ended;
  const bodies = wire.events.map(({ body }) => body);
  const warning = bodies.find((body) => body.type === 'lab-idle');
  expect(Math.abs(Date.parse(warning?.endsAt as string) - Date.parse(lab.created.expiresAt))).toBeLessThan(50);
  expect(bodies.filter(({ type }) => type === 'lab-idle' || type === 'lab-ended')).toHaveLength(2);
  expect(bodies.at(-1)).toEqual({ type: 'lab-ended', reason: 'idle' });
  expect(isAlive(lab.created.processes[0]?.pid as number)).toBe(false);
  expect((await lab.api()).status).toBe(404);
});

test.each([
  ['a look at its state', (lab: TestLab) => lab.api()],
  ['an MCP request', (lab: TestLab) => lab.post({ jsonrpc: '2.0', method: 'notifications/x' })],
])('%s keeps it', async (_, use) => {
  await using server = await localServer({ labLimits: { idleTimeoutMs: 2000, idleWarningMs: 500 } });
  const lab = await TestLab.create(server.origin);
  const firstEnd = Date.parse(lab.created.expiresAt);
  await until('the first deadline to be well past', async () => {
    await (await use(lab)).text();
    return Date.now() > firstEnd + 500;
  });
  const state = await lab.state();
  expect(Date.parse(state.expiresAt)).toBeGreaterThan(firstEnd + 2000);
  expect(state.processes[0]?.pid).toBe(lab.created.processes[0]?.pid);
});

test('at its age it ends, in use or not, and is not told that use would help', async () => {
  await using server = await localServer({ labLimits: { idleTimeoutMs: 1500, idleWarningMs: 1400, maxAgeMs: 1500 } });
  const lab = await TestLab.create(server.origin);
  await using wire = await readWire(lab);
  await until('the lab to end', async () => (await lab.api()).status === 404);
  await wire.ended;
  const types = wire.events.map(({ body }) => body.type);
  expect(types).not.toContain('lab-idle');
  expect(wire.events.at(-1)?.body).toEqual({ type: 'lab-ended', reason: 'age' });
});

test('its time begins when it has started, and its place is free when it has ended', async () => {
  // Less than a process takes to start.
  await using server = await localServer({ labLimits: { idleTimeoutMs: 30, idleWarningMs: 10 } });
  await TestLab.create(server.origin);
  await until('the place to be free', async () => {
    const answer = (await (await fetch(`${server.origin}/api/deployments`)).json()) as DeploymentsAnswer;
    return answer.labs.running === 0;
  });
});
