import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { WireEvent } from '../../playground-server/lab/wire.ts';
import { until } from '../setup/until.ts';
import { isAlive, type LocalServer, localServer, problemOf, TestLab, workersOf } from './local-server.ts';

let server: LocalServer;
beforeAll(async () => {
  server = await localServer({ config: { labsMax: 50 } });
});
afterAll(() => server.stop());

/** Everything on one named connection, so that the process is known that has the session. */
const kept = () => TestLab.create(server.origin, { deployment: 'forked', connection: 'kept' });
const pidOf = (lab: TestLab, name: string): number =>
  lab.created.processes.find((process) => process.name === name)?.pid as number;

/** Waits until the name has a process under another pid, and gives all events up to then. */
const successorOf = (lab: TestLab, name: string): Promise<WireEvent[]> =>
  lab.wireUntil(`a successor of ${name}`, ({ body }) => {
    return body.type === 'process-started' && body.process === name && body.pid !== pidOf(lab, name);
  });
const ofProcess = (events: WireEvent[], name: string): WireEvent['body'][] =>
  events
    .filter(({ actor, body }) => actor === 'supervisor' && 'process' in body && body.process === name)
    .map((e) => e.body);

describe('kill', () => {
  test('takes the sessions of the process with it; the successor has a new pid and knows nothing', async () => {
    await using lab = await kept();
    const session = await lab.initialize('page');
    await (await lab.callTool(session, 'whoami', {}, 2, 'page')).text();
    const pid = pidOf(lab, 'p1');
    const accepted = await lab.kill('p1');
    expect([accepted.status, await accepted.json()]).toEqual([202, { process: 'p1', pid }]);

    // In a fresh mode it is lost at every process, the successor included.
    const events = await successorOf(lab, 'p1');
    await lab.setConnection('fresh');
    let lost = 0;
    for (let i = 0; i < 8; i++) {
      const answer = await lab.callTool(session, 'whoami', {}, i + 10);
      await answer.text();
      if (answer.status === 404) lost++;
    }
    expect(lost).toBe(8);
    const told = ofProcess(events, 'p1');
    expect(told.slice(1, 4)).toEqual([
      { type: 'kill-requested', process: 'p1', pid, signal: 'SIGKILL' },
      { type: 'process-exited', process: 'p1', pid, code: null, signal: 'SIGKILL' },
      { type: 'trace-cut', process: 'p1', pid, exchanges: [] },
    ]);
    const started = told[4];
    expect(started).toMatchObject({ type: 'process-started' });
    const state = await lab.state();
    expect(state.processes[0]).toMatchObject({ name: 'p1', alive: true, sessions: [] });
    expect(started).toMatchObject({ pid: state.processes[0]?.pid });
    expect(isAlive(pid)).toBe(false);
    // The other three went on as they were.
    expect(state.processes.slice(1).map((process) => process.pid)).toEqual(lab.pids.slice(1));

    // What the client counted is what the wire tells, and more than one process said it.
    const all = await lab.wireOf(11);
    const missing = all.filter(({ body }) => body.type === 'session-missing');
    expect(missing).toHaveLength(lost);
    const pids = missing.map(({ actor }) => state.processes.find(({ name }) => name === actor)?.pid);
    expect(new Set(pids).size).toBe(4);
    // A reader did this: it is no crash that an operator should hear of.
    expect(server.logged()).not.toContain('worker crashed');
  });

  test('a kept connection whose process died is chosen for anew', async () => {
    await using lab = await kept();
    const session = await lab.initialize('page');
    await lab.kill('p1');
    const answer = await lab.callTool(session, 'whoami', {}, 2, 'page');
    expect([answer.status, answer.headers.get('lab-process')]).toEqual([404, 'p2']);
    const events = await lab.wireOf(3);
    const reasons = events.flatMap(({ body }) => (body.type === 'process-chosen' ? [body.why] : []));
    expect(reasons.at(-1)).toBe(
      'This connection went to p1, which died. Round robin: p2 was next. The connection stays with it.',
    );
    expect((await lab.state()).router.kept).toEqual([{ connection: 'page', process: 'p2' }]);
  });

  test('the router passes over a process as soon as somebody asked for its end', async () => {
    await using lab = await TestLab.create(server.origin, { deployment: 'forked' });
    await lab.kill('p1');
    await lab.kill('p2', 'SIGTERM');
    const state = await lab.state();
    expect(state.router.next).toBe('p3');
    const first = await lab.post({});
    expect(first.headers.get('lab-process')).toBe('p3');
  });

  test('of all four at once: the router answers by itself until there are successors', async () => {
    await using lab = await TestLab.create(server.origin, { deployment: 'forked' });
    for (const name of ['p1', 'p2', 'p3', 'p4']) expect((await lab.kill(name, 'SIGKILL')).status).toBe(202);
    const refused = await lab.post({});
    expect(refused.status).toBe(502);
    expect((await problemOf(refused)).detail).toContain('Try again.');
    await until('four successors', async () => (await lab.state()).processes.every(({ alive }) => alive));
    const { processes } = await lab.state();
    expect(processes.filter(({ pid }) => lab.pids.includes(pid))).toEqual([]);
    expect(lab.pids.filter(isAlive)).toEqual([]);
    const ours = workersOf(process.pid);
    expect(processes.every(({ pid }) => ours.includes(pid))).toBe(true);
    await lab.initialize();
  });

  test('answers 404 for a name that is none, 409 for a process that is dead, 400 for another signal', async () => {
    await using lab = await kept();
    for (const name of ['p5', 'p0', '1', 'P1', 'p1%20', '..']) {
      const problem = await problemOf(await lab.kill(encodeURIComponent(name)));
      expect(problem, name).toMatchObject({ status: 404 });
    }
    const odd = await lab.kill('p1', 'SIGSTOP');
    expect((await problemOf(odd)).status).toBe(400);
    expect((await lab.api('/processes/p1/kill')).status).toBe(405);
    expect(isAlive(pidOf(lab, 'p1'))).toBe(true);
    await lab.kill('p1');
    expect((await problemOf(await lab.kill('p1'))).status).toBe(409);
    const events = await successorOf(lab, 'p1');
    expect(ofProcess(events, 'p1').filter(({ type }) => type === 'kill-requested')).toHaveLength(1);
  });
});

describe('SIGTERM', () => {
  test.each([
    ['through the API', (lab: TestLab) => lab.kill('p1', 'SIGTERM')],
    ['from a terminal', async (lab: TestLab) => void process.kill(pidOf(lab, 'p1'), 'SIGTERM')],
  ])('%s ends the process in order: what it has begun is answered, and nothing is cut', async (_, send) => {
    await using lab = await kept();
    const session = await lab.initialize('page');
    const call = lab.callTool(session, 'count', { to: 10, everyMs: 40 }, 2, 'page').then((answer) => answer.text());
    await lab.wireUntil(
      'the call to run',
      ({ body }) => body.type === 'event-written' && body.bytes.includes('"progress":1,'),
    );
    await send(lab);
    expect(await call).toContain('Counted to 10');
    const told = ofProcess(await successorOf(lab, 'p1'), 'p1').filter(({ type }) => type !== 'kill-requested');
    expect(told.slice(1)).toMatchObject([
      { type: 'process-exited', pid: pidOf(lab, 'p1'), code: 0, signal: null },
      { type: 'process-started', process: 'p1' },
    ]);
    expect((await lab.callTool(session, 'whoami', {}, 3, 'page')).status).toBe(404);
    expect(server.logged()).not.toContain('worker crashed');
  });

  test('no request that is sent meanwhile is lost: the others take them', async () => {
    await using lab = await TestLab.create(server.origin, { deployment: 'forked' });
    const answers: number[] = [];
    let over = false;
    const client = async (): Promise<void> => {
      while (!over) {
        const answer = await lab.post({});
        await answer.text();
        answers.push(answer.status);
      }
    };
    const clients = [client(), client(), client()];
    await until('requests', () => answers.length > 20);
    for (const name of ['p1', 'p3']) process.kill(pidOf(lab, name), 'SIGTERM');
    for (const name of ['p1', 'p3']) await successorOf(lab, name);
    over = true;
    await Promise.all(clients);
    // 400: an empty object is no JSON-RPC message, and a process said so. 429 is this lab's own bound.
    expect(answers.filter((status) => status !== 400 && status !== 429)).toEqual([]);
  });

  test('a process that does not go is made to', async () => {
    await using stubborn = await localServer({
      worker: new URL('./deaf-worker.ts', import.meta.url),
      labLimits: { stopTimeoutMs: 200 },
    });
    await using lab = await TestLab.create(stubborn.origin, { deployment: 'forked', processes: 2 });
    expect((await lab.kill('p2', 'SIGTERM')).status).toBe(202);
    const told = ofProcess(await successorOf(lab, 'p2'), 'p2');
    expect(told).toContainEqual(expect.objectContaining({ type: 'process-exited', signal: 'SIGKILL' }));
  });
});

test('killed again and again, a lab goes on; its processes are given more and more time', async () => {
  await using lab = await TestLab.create(server.origin, { deployment: 'forked', processes: 2 });
  const pids = new Set(lab.pids);
  for (let round = 0; round < 4; round++) {
    const before = (await lab.state()).processes[1]?.pid;
    await lab.kill('p2');
    const now = await until('a successor', async () => {
      const { alive, pid } = (await lab.state()).processes[1] ?? {};
      return alive && pid !== before && pid;
    });
    pids.add(now);
  }
  expect(pids.size).toBe(6);
  const { events } = await lab.poll();
  const exits = events.filter(({ body }) => body.type === 'process-exited');
  const waits = exits.map(({ id, atMs }) => {
    const next = events.find((event) => event.id > id && event.body.type === 'process-started');
    return (next?.atMs as number) - atMs;
  });
  expect(waits[3]).toBeGreaterThan(800);
  expect(workersOf(process.pid).filter((pid) => pids.has(pid))).toHaveLength(2);
});
