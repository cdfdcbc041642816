import { afterAll, beforeAll, expect, test } from 'vitest';
import type { WireEvent } from '../../playground-server/lab/wire.ts';
import { until } from '../setup/until.ts';
import { type LocalServer, localServer, problemOf, TestLab } from './local-server.ts';

let server: LocalServer;
beforeAll(async () => {
  server = await localServer({ config: { labsMax: 10 } });
});
afterAll(() => server.stop());

const inject = (lab: TestLab, fault: object) =>
  lab.api('/faults', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(fault),
  });
const storeDown = (lab: TestLab, ms: unknown) => inject(lab, { kind: 'store-down', ms });

const modernCall = (lab: TestLab) =>
  fetch(lab.endpoint, {
    method: 'POST',
    headers: {
      Accept: 'application/json, text/event-stream',
      'Content-Type': 'application/json',
      'MCP-Protocol-Version': '2026-07-28',
      'Mcp-Method': 'tools/call',
      'Mcp-Name': 'whoami',
    },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: {
        name: 'whoami',
        _meta: {
          'io.modelcontextprotocol/protocolVersion': '2026-07-28',
          'io.modelcontextprotocol/clientCapabilities': {},
        },
      },
    }),
  });

const restored = ({ body }: WireEvent): boolean => body.type === 'store-restored';
const idOf = (events: readonly WireEvent[], fits: (event: WireEvent) => boolean): number =>
  events.find(fits)?.id ?? Number.NaN;

test('[B6] without its store a session gets 503 at once, modern calls go on, and a stream is held until it is back', async () => {
  await using lab = await TestLab.create(server.origin, { deployment: 'shared' });
  const session = await lab.initialize();
  const counting = await lab.callTool(session, 'count', { to: 20, everyMs: 150 });
  await lab.wireUntil('a first step', ({ body }) => body.type === 'event-written' && /"progress":1\b/.test(body.bytes));
  const accepted = await storeDown(lab, 30_000);
  expect(accepted.status).toBe(202);
  for (let call = 0; call < 4; call += 1) {
    const began = performance.now();
    const refused = await lab.callTool(session, 'whoami', {}, 10 + call);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, expect.stringMatching(/^\d+$/)]);
    expect(await refused.text()).not.toContain('injected');
    expect(performance.now() - began).toBeLessThan(1000);
    expect([(await modernCall(lab)).status]).toEqual([200]);
  }
  expect(await problemOf(await storeDown(lab, 90_000))).toMatchObject({ status: 400 });
  // What the handler says is not written, because it cannot be logged.
  await until('the handler to say something meanwhile', async () => {
    const { events } = await lab.poll();
    return events.some(
      ({ body }) => body.type === 'store-called' && body.operation === 'logs.append' && body.outcome === 'unreachable',
    );
  });
  await storeDown(lab, 0);
  const text = await counting.text();
  const steps = [...text.matchAll(/"progress":(\d+)/g)].map(([, step]) => Number(step));
  expect(steps).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
  expect(text).toContain('Counted to 20');
  const after = await lab.callTool(session, 'whoami', {}, 30);
  expect([after.status, await after.text()]).toEqual([200, expect.stringContaining('"process"')]);

  const events = await lab.wireUntil('its end', restored);
  const [from, to] = [idOf(events, ({ body }) => body.type === 'fault-injected'), idOf(events, restored)];
  const during = events.filter(({ id }) => id > from && id < to);
  const calls = during.flatMap(({ body }) => (body.type === 'store-called' ? [body] : []));
  // A call that was under way when the fault came may still be told.
  const failed = calls.filter(({ outcome }) => outcome === 'unreachable').map(({ operation }) => operation);
  expect(failed.filter((operation) => operation === 'sessions.admit')).toHaveLength(4);
  expect(failed.filter((operation) => operation === 'logs.append')).toHaveLength(1);
  expect(events.filter(({ body }) => body.type === 'handler-failed' && body.method === 'event log')).toEqual([]);
});

test('[B6] the outage ends by itself, and a successor that starts in it is no better off', async () => {
  await using lab = await TestLab.create(server.origin, { deployment: 'shared', processes: 1 });
  const session = await lab.initialize();
  await storeDown(lab, 4_000);
  await lab.kill('p1');
  const events = await lab.wireUntil('a successor', ({ body, id }) => body.type === 'process-started' && id > 20);
  expect(events.some(restored)).toBe(false);
  expect((await lab.callTool(session, 'whoami')).status).toBe(503);
  await lab.wireUntil('its end', restored);
  await until('the session to be found', async () => (await lab.callTool(session, 'whoami')).status === 200);
});

test('[B5] [B6] an outage longer than a heartbeat may be missing ends no call: each process was out of reach', async () => {
  await using lab = await TestLab.create(server.origin, { deployment: 'shared' });
  const session = await lab.initialize();
  const counting = await lab.callTool(session, 'count', { to: 24, everyMs: 400 });
  await storeDown(lab, 7_000);
  const text = await counting.text();
  expect(text).toContain('Counted to 24');
  expect(text).not.toContain('"error"');
});

test('[B6] a session that is to expire meanwhile stays, and no process ends of it', async () => {
  await using lab = await TestLab.create(server.origin, { deployment: 'shared' });
  const session = await lab.initialize();
  await storeDown(lab, 30_000);
  expect((await inject(lab, { kind: 'expire-session', id: session })).status).toBe(202);
  await lab.wireUntil(
    'that to fail',
    ({ body }) => body.type === 'store-called' && body.operation === 'sessions.end' && body.outcome === 'unreachable',
  );
  await storeDown(lab, 0);
  await lab.wireUntil('the store to be back', restored);
  expect((await lab.callTool(session, 'whoami')).status).toBe(200);
  expect((await lab.state()).processes.map(({ pid, alive }) => [pid, alive])).toEqual(
    lab.pids.map((pid) => [pid, true]),
  );
});

test('a lab without a store has none to lose, and says which one has', async () => {
  await using lab = await TestLab.create(server.origin, { deployment: 'forked' });
  const { status, type, detail } = await problemOf(await storeDown(lab, 1000));
  expect([status, type]).toEqual([409, expect.stringContaining('no-store')]);
  expect(detail).toContain('"shared"');
  expect((await lab.poll()).events.filter(({ body }) => body.type === 'fault-injected')).toEqual([]);
});
