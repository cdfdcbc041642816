import { execFileSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { WorkerSettings } from '../../playground-server/lab/ipc.ts';
import { until } from '../setup/until.ts';
import { isAlive, localServer, problemOf, TestLab } from './local-server.ts';

const pidOf = (lab: TestLab): number => lab.created.processes[0]?.pid as number;
const argumentsOf = (pid: number): string => execFileSync('ps', ['-ww', '-o', 'args=', '-p', String(pid)]).toString();
const socketOf = (pid: number): string =>
  (JSON.parse(/\{.*\}/.exec(argumentsOf(pid))?.[0] as string) as WorkerSettings).socket;

test('a worker has 64 MB of heap, and a socket that no other user can reach', async () => {
  await using server = await localServer();
  const lab = await TestLab.create(server.origin);
  expect(argumentsOf(pidOf(lab))).toContain('--max-old-space-size=64');
  const folder = dirname(socketOf(pidOf(lab)));
  expect((statSync(folder).mode & 0o777).toString(8)).toBe('700');
  await lab.api('', { method: 'DELETE' });
  expect(existsSync(folder)).toBe(false);
});

describe('a worker that is killed', () => {
  test('gets a successor under a new pid, with nothing in its memory', async () => {
    await using server = await localServer();
    const lab = await TestLab.create(server.origin);
    const session = await lab.initialize();
    const standalone = await fetch(lab.endpoint, {
      headers: { Accept: 'text/event-stream', 'Mcp-Session-Id': session },
    });
    const pid = pidOf(lab);
    process.kill(pid, 'SIGKILL');

    // The stream breaks: its client is not left to wait.
    await expect(standalone.text()).rejects.toThrow();
    const events = await lab.wireUntil('a successor', ({ id, body }) => id > 2 && body.type === 'process-started');
    expect(events.find(({ body }) => body.type === 'process-exited')?.body).toEqual({
      type: 'process-exited',
      process: 'p1',
      pid,
      code: null,
      signal: 'SIGKILL',
    });
    const failed = events.find(({ body }) => body.type === 'process-failed');
    expect(failed).toMatchObject({ actor: 'router', body: { process: 'p1' } });
    const state = await lab.state();
    expect(state.processes[0]).toMatchObject({ name: 'p1', alive: true, sessions: [] });
    expect(state.processes[0]?.pid).not.toBe(pid);

    const lost = await lab.callTool(session, 'whoami');
    expect(lost.status).toBe(404);
    const answer = await lab.callTool(await lab.initialize(), 'whoami');
    expect(await answer.text()).toContain(String(state.processes[0]?.pid));
    expect(server.logged()).toContain('worker crashed');
  });

  test('is tried for again when its successor does not start; meanwhile the router answers', async () => {
    await using server = await localServer({ worker: new URL('./stubborn-worker.ts', import.meta.url) });
    const lab = await TestLab.create(server.origin);
    const pid = pidOf(lab);
    expect(await (await lab.post({})).text()).toBe(String(pid));
    process.kill(pid, 'SIGKILL');
    const refused = await until('a moment without process', async () => {
      const response = await lab.post({});
      return response.status === 502 && response;
    });
    expect(refused.headers.get('retry-after')).toBe('1');
    expect((await problemOf(refused)).detail).toContain('Try again.');
    expect((await lab.state()).processes[0]).toMatchObject({ pid, alive: false });
    const successor = await until('the fourth', async () => {
      const response = await lab.post({});
      return response.status === 200 && response.text();
    });
    expect(Number(successor)).not.toBe(pid);
    // Those that never listened are in the operator's log, not in the reader's.
    expect(server.logged()).toContain('Generation 3 does not start');
    const { events } = await lab.poll();
    expect(events.filter(({ body }) => body.type === 'process-started')).toHaveLength(2);

    // One that does not stop when asked is killed.
    await lab.api('', { method: 'DELETE' });
    expect(isAlive(Number(successor))).toBe(false);
  });
});

test('a worker whose event loop stands still is killed and replaced', async () => {
  await using server = await localServer({ labLimits: { heartbeatMs: 100, stallTimeoutMs: 500 } });
  const lab = await TestLab.create(server.origin);
  const pid = pidOf(lab);
  process.kill(pid, 'SIGSTOP');
  const events = await lab.wireUntil('a successor', ({ id, body }) => id > 2 && body.type === 'process-started');
  expect(events.map(({ body }) => body)).toContainEqual(
    expect.objectContaining({ type: 'process-exited', pid, signal: 'SIGKILL' }),
  );
  expect(isAlive(pid)).toBe(false);
});

test('a client that goes is told to the worker, and the log shows who went', async () => {
  await using server = await localServer();
  const lab = await TestLab.create(server.origin);
  const session = await lab.initialize();
  const abort = new AbortController();
  await fetch(lab.endpoint, {
    headers: { Accept: 'text/event-stream', 'Mcp-Session-Id': session },
    signal: abort.signal,
  });
  await until('the stream to be open', async () => (await lab.state()).processes[0]?.streams[0]?.open);
  abort.abort();
  const events = await lab.wireUntil('the worker to be told', ({ body }) => body.type === 'connection-closed');
  const closed = events.findIndex(({ body }) => body.type === 'connection-closed');
  const gone = events.findIndex(({ body }) => body.type === 'response-end' && body.by === 'client');
  expect(events[closed]).toMatchObject({ actor: 'p1', body: { by: 'client' } });
  expect(gone).toBeGreaterThan(0);
  expect(gone).toBeLessThan(closed);
  expect((await lab.state()).processes[0]?.sessions).toHaveLength(1);
});

test('a body past 16 kB is cut in the log, and says how long it was', async () => {
  await using server = await localServer();
  const lab = await TestLab.create(server.origin);
  const session = await lab.initialize();
  const value = 'v'.repeat(30_000);
  await (await lab.callTool(session, 'remember', { key: 'k', value })).text();
  const events = await lab.wireUntil(
    'the body',
    ({ body }) => body.type === 'body-received' && body.body.includes('remember'),
  );
  const received = events.find(({ body }) => body.type === 'body-received' && body.body.includes('remember'));
  expect(received?.cutFromBytes).toBeGreaterThan(30_000);
  expect(received?.body.type === 'body-received' && received.body.body.length).toBe(16_384);
  const seen = events.find(({ body }) => body.type === 'request-body' && body.truncated)?.body;
  expect(seen).toMatchObject({ bodyBytes: received?.cutFromBytes, truncated: true });
});
