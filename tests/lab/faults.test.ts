import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../setup/until.ts';
import { type LocalServer, localServer, problemOf, TestLab } from './local-server.ts';

let server: LocalServer;
beforeAll(async () => {
  server = await localServer({ config: { labsMax: 10 } });
});
afterAll(() => server.stop());

const inject = (lab: TestLab, fault: unknown) =>
  lab.api('/faults', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(fault),
  });

/** Reads a body as it comes, and tells how it ended. */
function reading(response: Response) {
  const read = { chunks: [] as string[], state: 'open' as 'open' | 'ended' | 'cut' };
  const pump = async () => {
    const decoder = new TextDecoder();
    try {
      for await (const chunk of response.body ?? []) read.chunks.push(decoder.decode(chunk, { stream: true }));
      read.state = 'ended';
    } catch {
      read.state = 'cut';
    }
  };
  void pump();
  return read;
}

const get = (lab: TestLab, session: string, lastEventId?: string) =>
  fetch(lab.endpoint, {
    headers: {
      Accept: 'text/event-stream',
      'Mcp-Session-Id': session,
      ...(lastEventId !== undefined && { 'Last-Event-ID': lastEventId }),
    },
  });

test('drop-connection breaks what carries the stream, the session lives, and the client resumes without loss', async () => {
  await using lab = await TestLab.create(server.origin);
  const session = await lab.initialize();
  const call = await lab.callTool(session, 'count', { to: 3, everyMs: 60 });
  const read = reading(call);
  await until('a first step', () => read.chunks.join('').includes('"progress":1'));
  const dropped = await inject(lab, { kind: 'drop-connection', stream: '1' });
  expect([dropped.status, await dropped.json()]).toEqual([202, expect.objectContaining({ dropped: 1 })]);
  await until('the cut', () => read.state === 'cut');
  const ids = [...read.chunks.join('').matchAll(/^id: (.*)$/gm)].map((match) => match[1] as string);
  const resumed = await (await get(lab, session, ids.at(-1))).text();
  const steps = [...(read.chunks.join('') + resumed).matchAll(/"progress":(\d)/g)].map((match) => match[1]);
  expect(steps).toEqual(['1', '2', '3']);
  expect(resumed).toContain('Counted to 3');
  const events = await lab.wireUntil('the fault', ({ body }) => body.type === 'fault-injected');
  expect(events.find(({ body }) => body.type === 'response-end' && body.by === 'fault')).toBeDefined();
  const again = await inject(lab, { kind: 'drop-connection', stream: '1' });
  expect(await again.json()).toMatchObject({ dropped: 0 });
});

test('buffer holds an event stream back until so many bytes are there, or its end', async () => {
  await using lab = await TestLab.create(server.origin);
  const session = await lab.initialize();
  expect((await inject(lab, { kind: 'buffer', bytes: 100_000 })).status).toBe(202);
  const answer = await lab.callTool(session, 'count', { to: 3, everyMs: 20 });
  const text = await answer.text();
  expect(text.match(/"progress"/g)).toHaveLength(3);
  const events = await lab.wireUntil(
    'its end',
    ({ body, exchange }) => body.type === 'response-end' && exchange === 'x3',
  );
  const forwarded = events.filter(({ body, exchange }) => body.type === 'bytes-forwarded' && exchange === 'x3');
  const written = events.filter(({ body, exchange }) => body.type === 'event-written' && exchange === 'x3');
  expect([forwarded.length, written.length]).toEqual([1, 5]);
  expect((await lab.state()).faults).toEqual({ delayMs: 0, bufferBytes: 100_000, cutIdleMs: 0 });
  await inject(lab, { kind: 'buffer', bytes: 0 });
  expect((await lab.state()).faults.bufferBytes).toBe(0);
});

test('cut-idle breaks off an answer on which nothing moves, and lets one that moves be', async () => {
  await using lab = await TestLab.create(server.origin);
  const session = await lab.initialize();
  await inject(lab, { kind: 'cut-idle', ms: 400 });
  const moving = reading(await lab.callTool(session, 'count', { to: 12, everyMs: 50 }));
  const quiet = reading(await get(lab, session));
  await until('the cut', () => quiet.state === 'cut');
  await until('the end', () => moving.state === 'ended');
  expect(moving.chunks.join('')).toContain('Counted to 12');
});

test('delay holds a request back before it goes to a process', async () => {
  await using lab = await TestLab.create(server.origin);
  await inject(lab, { kind: 'delay', ms: 300 });
  await lab.initialize();
  const events = await lab.wireOf(2);
  const at = (type: string) => events.find(({ body }) => body.type === type)?.atMs ?? 0;
  expect(at('request-received') - at('process-chosen')).toBeGreaterThanOrEqual(295);
});

test('expire-session ends a session as its idle time would, and shows its id masked', async () => {
  await using lab = await TestLab.create(server.origin, { deployment: 'forked' });
  const session = await lab.initialize();
  await inject(lab, { kind: 'expire-session', id: session });
  const events = await lab.wireUntil('its end', ({ body }) => body.type === 'session-ended');
  expect(events.find(({ body }) => body.type === 'session-ended')?.body).toEqual({
    type: 'session-ended',
    reason: 'expired',
  });
  expect(JSON.stringify(events)).not.toContain(session);
});

test('emit makes one process emit, and only who it knows hears it', async () => {
  await using lab = await TestLab.create(server.origin, { deployment: 'sticky' });
  const sessions = [await lab.initialize(), await lab.initialize()];
  const streams: ReturnType<typeof reading>[] = [];
  for (const session of sessions) streams.push(reading(await get(lab, session)));
  const { processes } = await lab.state();
  const owners = processes.filter((process) => process.sessions.length > 0).map(({ name }) => name);
  expect(owners).toHaveLength(2);
  const emit = (process: string, notification: string) =>
    lab.api(`/processes/${process}/emit`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ notification }),
    });
  const told = await emit(owners[0] as string, 'notifications/tools/list_changed');
  expect([told.status, await told.json()]).toEqual([
    202,
    { process: owners[0], notification: 'notifications/tools/list_changed' },
  ]);
  const heard = () => streams.filter(({ chunks }) => chunks.join('').includes('list_changed')).length;
  await until('one who hears it', () => heard() === 1);
  expect((await emit('p9', 'notifications/tools/list_changed')).status).toBe(404);
  expect(await problemOf(await emit('p1', 'notifications/none'))).toMatchObject({ status: 400 });
  expect(heard()).toBe(1);
});

test('a fault that there is not is answered with those that there are', async () => {
  await using lab = await TestLab.create(server.origin);
  for (const wrong of [{}, { kind: 'flood' }, { kind: 'delay', ms: -1 }, { kind: 'buffer', bytes: 1e9 }, []]) {
    const { status, detail } = await problemOf(await inject(lab, wrong));
    expect([status, detail]).toEqual([400, expect.stringContaining('"drop-connection"')]);
  }
});
