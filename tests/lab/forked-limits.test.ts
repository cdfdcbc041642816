import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import type { CreateLabRequest } from '../../playground-server/lab/api.ts';
import { until } from '../setup/until.ts';
import { initialize, isAlive, localServer, problemOf, TestLab } from './local-server.ts';

const forked: CreateLabRequest = { deployment: 'forked' };

test('each process has its own 64 MB of heap', async () => {
  await using server = await localServer();
  await using lab = await TestLab.create(server.origin, forked);
  const ps = execFileSync('ps', ['-ww', '-o', 'args=', '-p', lab.pids.join(',')]).toString();
  expect(ps.match(/--max-old-space-size=64 /g)).toHaveLength(4);
});

describe('sessions', () => {
  test('are bounded over all processes together', async () => {
    await using server = await localServer({ labLimits: { sessionsPerLab: 8 } });
    await using lab = await TestLab.create(server.origin, forked);
    const answers: number[] = [];
    for (let i = 0; i < 12; i++) {
      const answer = await lab.post(initialize);
      await answer.text();
      answers.push(answer.status);
    }
    expect(answers).toEqual([...Array(8).fill(200), ...Array(4).fill(503)]);
    const { processes } = await lab.state();
    expect(processes.map(({ sessions }) => sessions.length)).toEqual([2, 2, 2, 2]);
  });

  test('that all go to one process have its share', async () => {
    await using server = await localServer({ labLimits: { sessionsPerLab: 10 } });
    await using lab = await TestLab.create(server.origin, { ...forked, connection: 'kept' });
    const answers: number[] = [];
    for (let i = 0; i < 4; i++) answers.push((await lab.post(initialize, undefined, 'page')).status);
    expect(answers).toEqual([200, 200, 503, 503]);
  });
});

test('requests a second are counted over all processes, calls of the API among them', async () => {
  await using server = await localServer({ labLimits: { requestsPerSecond: 10 } });
  await using lab = await TestLab.create(server.origin, forked);
  const answers = await Promise.all(Array.from({ length: 24 }, () => lab.post(initialize)));
  expect(answers.filter(({ status }) => status === 429)).toHaveLength(14);
  for (const refused of [await lab.api(), await lab.setConnection('kept'), await lab.kill('p1')]) {
    expect((await problemOf(refused)).status).toBe(429);
  }
  expect(lab.pids.filter(isAlive)).toHaveLength(4);
  // Reading the wire and ending the lab are always possible.
  await lab.poll();
});

test('a process that stands still is killed and replaced; the other three go on meanwhile', async () => {
  await using server = await localServer({ labLimits: { heartbeatMs: 100, stallTimeoutMs: 1000 } });
  await using lab = await TestLab.create(server.origin, forked);
  const [first, second] = lab.created.processes.slice(0, 2) as { pid: number }[] as [{ pid: number }, { pid: number }];
  process.kill(second.pid, 'SIGSTOP');
  const answers = await Promise.all(Array.from({ length: 8 }, () => lab.post({})));
  // Every fourth waited for the process that stood still, until that was killed.
  expect(answers.map(({ status }) => status).sort()).toEqual([400, 400, 400, 400, 400, 400, 502, 502]);
  const detail = 'p2 was killed (SIGKILL) before it answered. Try again.';
  for (const answer of answers.filter(({ status }) => status === 502)) {
    expect((await problemOf(answer)).detail).toBe(detail);
  }
  await until('a successor', async () => {
    const process = (await lab.state()).processes[1];
    return process?.alive && process.pid !== second.pid;
  });
  expect(isAlive(second.pid)).toBe(false);
  expect(isAlive(first.pid)).toBe(true);
  expect(server.logged()).toContain('worker crashed');
});

test('what a process could not tell leaves a gap that says how much, in its own lane', async () => {
  await using server = await localServer({ worker: new URL('./garrulous-worker.ts', import.meta.url) });
  await using lab = await TestLab.create(server.origin, { ...forked, processes: 2 });
  await (await lab.post({})).text();
  const events = await lab.wireUntil('what it told', ({ body }) => body.type === 'session-found');
  const told = events.filter(({ actor }) => actor === 'p1');
  expect(told.map(({ body }) => body)).toEqual([
    { type: 'session-created', protocolVersion: '', clientName: '' },
    { type: 'trace-gap', process: 'p1', dropped: 4711 },
    { type: 'session-found' },
  ]);
});

test('events come in the order of cause and effect when four processes tell them at once', async () => {
  // A machine that is busy may keep a process waiting for longer than a reader is kept.
  await using server = await localServer({ labLimits: { wireHoldMs: 5000 } });
  await using lab = await TestLab.create(server.origin, { ...forked, connection: 'kept' });
  const call = async (name: string): Promise<string> => {
    const session = await lab.initialize(name);
    const answers = [1, 2, 3].map(async (id) => {
      return (await lab.callTool(session, 'count', { to: 8, everyMs: 3 }, id, name)).text();
    });
    return (await Promise.all(answers)).join('');
  };
  const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
  const texts = await Promise.all(names.map(call));
  expect(texts.join('').match(/Counted to 8/g)).toHaveLength(24);
  const exchanges = names.length * 5;
  const events = await until('all of it', async () => {
    const all = (await lab.poll()).events;
    return all.filter(({ body }) => body.type === 'response-end').length === exchanges && all;
  });
  expect(events.map(({ id }) => id)).toEqual(events.map((_, i) => i + 1));

  const workers = new Set<string>();
  for (let i = 1; i <= exchanges; i++) {
    const own = events.filter(({ exchange }) => exchange === `x${i}`);
    const types = own.map(({ actor, body }) => (actor === 'router' ? body.type : `worker ${body.type}`));
    const chosen = own.flatMap(({ body }) => (body.type === 'process-chosen' ? [body.process] : []));
    // One process has it, the one that was chosen, and both ends tell the same exchange.
    expect(chosen).toHaveLength(1);
    expect(new Set(own.map(({ actor }) => actor))).toEqual(new Set(['router', chosen[0]]));
    workers.add(chosen[0] as string);
    expect(types.slice(0, 2)).toEqual(['request-arrived', 'process-chosen']);
    expect(types.indexOf('worker request-received')).toBeGreaterThan(types.indexOf('process-chosen'));
    expect(types.indexOf('worker body-received')).toBeGreaterThan(types.indexOf('request-body'));
    let written = 0;
    let forwarded = 0;
    for (const { body } of own) {
      if (body.type === 'event-written') written += Buffer.byteLength(body.bytes);
      if (body.type === 'response-sent') written += Buffer.byteLength(body.body);
      if (body.type === 'bytes-forwarded') forwarded += body.bytes;
      expect(forwarded).toBeLessThanOrEqual(written);
    }
    expect(forwarded).toBe(written);
    expect(types.at(-1)).toBe('response-end');
  }
  expect(workers.size).toBe(4);
});
