import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LabState } from '../../playground-server/lab/api.ts';
import type { WireEvent } from '../../playground-server/lab/wire.ts';
import { createLab, isAlive, type LocalServer, localServer, problemOf, TestLab, workersOf } from './local-server.ts';

let server: LocalServer;
beforeAll(async () => {
  server = await localServer({ config: { labsMax: 50 } });
});
afterAll(() => server.stop());

const forked = (connection?: 'fresh' | 'kept') =>
  TestLab.create(server.origin, { deployment: 'forked', ...(connection && { connection }) });

/** The statuses of so many calls, one after the other. */
async function statuses(lab: TestLab, session: string, times: number, connection?: string): Promise<number[]> {
  const seen: number[] = [];
  for (let i = 0; i < times; i++) {
    const answer = await lab.callTool(session, 'whoami', {}, i + 10, connection);
    await answer.text();
    seen.push(answer.status);
  }
  return seen;
}

const count = (all: number[], wanted: number): number => all.filter((status) => status === wanted).length;
const choicesIn = (events: WireEvent[]): string[] =>
  events.flatMap(({ body }) => (body.type === 'process-chosen' ? [body.process] : []));

describe('a forked lab', () => {
  test('is four real processes, each with a heap of its own, and all are gone with it', async () => {
    await using lab = await forked();
    expect(lab.created).toMatchObject({ deployment: 'forked', connection: 'fresh' });
    expect(lab.created.processes.map(({ name }) => name)).toEqual(['p1', 'p2', 'p3', 'p4']);
    expect(new Set(lab.pids).size).toBe(4);
    expect(workersOf(process.pid)).toEqual(expect.arrayContaining(lab.pids));
    const state = await lab.state();
    expect(state).toMatchObject({
      connection: 'fresh',
      router: { policy: 'round-robin', connection: 'fresh', next: 'p1' },
      processes: lab.created.processes.map((each) => ({ ...each, alive: true, sessions: [] })),
    });
    expect(state.router).not.toHaveProperty('kept');
    const { events } = await lab.poll();
    expect(events[0]?.body).toEqual({
      type: 'lab-began',
      schema: 1,
      deployment: 'forked',
      processes: 4,
      connection: 'fresh',
    });
    expect(events.slice(1).map(({ body }) => body.type)).toEqual(Array(4).fill('process-started'));
    await lab.api('', { method: 'DELETE' });
    expect(lab.pids.filter(isAlive)).toEqual([]);
  });

  test('can have fewer processes: with one of them the same client loses nothing', async () => {
    await using lab = await TestLab.create(server.origin, { deployment: 'forked', processes: 1 });
    expect(lab.created.processes).toHaveLength(1);
    expect((await lab.poll()).events[0]?.body).toMatchObject({ type: 'lab-began', processes: 1 });
    expect(await statuses(lab, await lab.initialize(), 8)).toEqual(Array(8).fill(200));
  });

  test('in `single` the router has nothing to choose, and says so', async () => {
    await using lab = await TestLab.create(server.origin);
    expect((await lab.state()).router).toEqual({ policy: 'none', connection: 'fresh' });
    await lab.initialize();
    const events = await lab.wireOf(2);
    expect(events[0]?.body).toMatchObject({ type: 'lab-began', processes: 1, connection: 'fresh' });
    expect(events.find(({ body }) => body.type === 'process-chosen')?.body).toEqual({
      type: 'process-chosen',
      process: 'p1',
      why: 'It is the only process.',
    });
  });
});

describe('fresh connections', () => {
  test('one call in four finds its session; the other three processes never heard of it', async () => {
    await using lab = await forked();
    const session = await lab.initialize();
    const seen = await statuses(lab, session, 20);
    expect([count(seen, 200), count(seen, 404)]).toEqual([5, 15]);

    const events = await lab.wireOf(22);
    // The client's 404s are the processes' own, and stand on the wire one by one.
    const missing = events.filter(({ body }) => body.type === 'session-missing');
    const heads = events.filter(({ body }) => body.type === 'response-head' && body.status === 404);
    // One of them was the notification that ends the handshake: a process that is not the owner was asked.
    expect(missing).toHaveLength(count(seen, 404) + 1);
    expect(heads.map(({ exchange }) => exchange)).toEqual(missing.map(({ exchange }) => exchange));
    const owner = events.find(({ body }) => body.type === 'session-created')?.actor;
    expect(new Set(missing.map(({ actor }) => actor))).toEqual(
      new Set(['p1', 'p2', 'p3', 'p4'].filter((name) => name !== owner)),
    );
    const inTurn = Array.from({ length: 22 }, (_, i) => `p${(i % 4) + 1}`);
    expect(choicesIn(events)).toEqual(inTurn);
  });

  test('a connection of the client that is kept is no help: the router chooses for each request', async () => {
    await using lab = await forked();
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const processes: unknown[] = [];
    for (let i = 0; i < 4; i++) processes.push((await getOn(agent, lab)).headers['lab-process']);
    agent.destroy();
    expect(processes).toEqual(['p1', 'p2', 'p3', 'p4']);
    const events = await lab.wireOf(4);
    const connections = events.filter(({ body }) => body.type === 'request-arrived').map((event) => event.connection);
    expect(connections).toEqual(['c1', 'c1', 'c1', 'c1']);
  });
});

describe('kept connections', () => {
  test('none of the calls on a named connection is lost', async () => {
    await using lab = await forked('kept');
    expect(lab.created.connection).toBe('kept');
    const session = await lab.initialize('page');
    expect(await statuses(lab, session, 20, 'page')).toEqual(Array(20).fill(200));
    // Another connection is chosen for by itself, and the process chosen has no such session.
    expect(await statuses(lab, session, 3, 'other')).toEqual([404, 404, 404]);

    const { router } = await lab.state();
    expect(router).toEqual({
      policy: 'round-robin',
      connection: 'kept',
      next: 'p3',
      kept: [
        { connection: 'page', process: 'p1' },
        { connection: 'other', process: 'p2' },
      ],
    });
    const events = (await lab.wireOf(25)).filter(({ actor }) => actor === 'router');
    expect(new Set(events.map(({ connection }) => connection))).toEqual(new Set(['page', 'other']));
    const reasons = events.flatMap(({ body }) => (body.type === 'process-chosen' ? [body.why] : []));
    expect(reasons.slice(0, 2)).toEqual([
      'Round robin: p1 was next. The connection stays with it.',
      'This connection already goes to p1.',
    ]);
  });

  test('without a name it is the TCP connection, for as long as it is open', async () => {
    await using lab = await forked('kept');
    const agents = [new Agent({ keepAlive: true, maxSockets: 1 }), new Agent({ keepAlive: true, maxSockets: 1 })];
    const [one, two] = agents as [Agent, Agent];
    const processes: unknown[] = [];
    for (const agent of [one, two, one, two]) processes.push((await getOn(agent, lab)).headers['lab-process']);
    expect(processes).toEqual(['p1', 'p2', 'p1', 'p2']);
    expect((await lab.state()).router.kept).toEqual([
      { connection: 'c1', process: 'p1' },
      { connection: 'c2', process: 'p2' },
    ]);
    for (const agent of agents) agent.destroy();
    await expect.poll(async () => (await lab.state()).router.kept).toEqual([]);
  });

  test('a client that names its connection c1 has not taken that of another', async () => {
    await using lab = await forked('kept');
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const answers = [
      await getOn(agent, lab),
      await getOn(agent, lab, { 'Lab-Connection': 'c1' }),
      await getOn(agent, lab),
    ];
    agent.destroy();
    expect(answers.map(({ headers }) => headers['lab-process'])).toEqual(['p1', 'p2', 'p1']);
  });

  test('the name goes no further than the router', async () => {
    await using lab = await forked();
    await lab.initialize('my-connection');
    const events = await lab.wireOf(2);
    const headersOf = (type: string) =>
      JSON.stringify(
        events.filter(({ body }) => body.type === type).map(({ body }) => 'headers' in body && body.headers),
      );
    expect(headersOf('request-arrived').toLowerCase()).toContain('["lab-connection","my-connection"]');
    expect(headersOf('request-received').toLowerCase()).not.toContain('lab-connection');
  });

  test.each([
    ['empty', ''],
    ['too long', 'n'.repeat(65)],
    ['with a space', 'a b'],
    ['not ASCII', 'n\u00e9e'],
    ['given twice', ['a', 'b']],
  ])('a name that is %s is refused', async (_, name) => {
    await using lab = await forked();
    const agent = new Agent();
    const response = await getOn(agent, lab, { 'Lab-Connection': name });
    expect(response.statusCode).toBe(400);
    expect(response.headers['content-type']).toBe('application/problem+json');
    expect((await getOn(agent, lab, { 'Lab-Connection': '~'.repeat(64) })).statusCode).not.toBe(400);
  });
});

describe('PATCH', () => {
  test('switches while the lab runs, and the wire says so', async () => {
    await using lab = await forked();
    const session = await lab.initialize('page');
    const during = statuses(lab, session, 40, 'page');
    const changed = await lab.setConnection('kept');
    expect(changed.status).toBe(200);
    expect((await changed.json()) as LabState).toMatchObject({ connection: 'kept', router: { connection: 'kept' } });
    const seen = await during;
    expect(count(seen, 200) + count(seen, 404)).toBe(40);
    // From then on the whole connection is one process's, whichever it is.
    const after = await statuses(lab, session, 8, 'page');
    expect(new Set(after).size).toBe(1);

    expect((await lab.setConnection('fresh')).status).toBe(200);
    expect(count(await statuses(lab, session, 8, 'page'), 200)).toBe(2);
    // Said once more, it is no change.
    await lab.setConnection('fresh');
    const changes = (await lab.poll()).events.filter(({ body }) => body.type === 'connection-mode-changed');
    expect(changes.map(({ actor, body }) => [actor, body])).toEqual([
      ['supervisor', { type: 'connection-mode-changed', connection: 'kept' }],
      ['supervisor', { type: 'connection-mode-changed', connection: 'fresh' }],
    ]);
  });

  test.each(['{}', '{"connection":"sticky"}', '{"connection":"kept","processes":2}', '[]', 'kept'])(
    'with %s is refused, and changes nothing',
    async (body) => {
      await using lab = await TestLab.create(server.origin);
      const headers = { 'Content-Type': 'application/json' };
      expect((await problemOf(await lab.api('', { method: 'PATCH', headers, body }))).status).toBe(400);
      expect((await lab.state()).connection).toBe('fresh');
    },
  );
});

test('a lab that is created with `kept` is one from its first request', async () => {
  const response = await createLab(server.origin, {}, { deployment: 'forked', processes: 2, connection: 'kept' });
  await using lab = new TestLab(server.origin, (await response.json()) as TestLab['created']);
  expect((await lab.poll()).events[0]?.body).toMatchObject({ type: 'lab-began', processes: 2, connection: 'kept' });
  expect(await statuses(lab, await lab.initialize('page'), 4, 'page')).toEqual([200, 200, 200, 200]);
});

/** A GET of the endpoint over this agent's connection; what the transport thinks of it does not matter. */
function getOn(agent: Agent, lab: TestLab, headers: Record<string, string | string[]> = {}): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const raw = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [
        name,
        Array.isArray(value) ? value : Buffer.from(value, 'utf8').toString('latin1'),
      ]),
    );
    httpRequest(lab.endpoint, { agent, headers: raw }, (response) => {
      response.resume().on('end', () => resolve(response));
    })
      .on('error', reject)
      .end();
  });
}
