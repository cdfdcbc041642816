import { execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { WorkerSettings } from '../../playground-server/lab/ipc.ts';
import { startServer } from '../setup/server.ts';
import { until } from '../setup/until.ts';
import { createLab, isAlive, localServer, readWire, TestLab, workersOf } from './local-server.ts';

const pidOf = (lab: TestLab): number => lab.created.processes[0]?.pid as number;

function socketFolderOf(pid: number): string {
  const args = execFileSync('ps', ['-ww', '-o', 'args=', '-p', String(pid)]).toString();
  return dirname((JSON.parse(/\{.*\}/.exec(args)?.[0] as string) as WorkerSettings).socket);
}

/** A request that is under way for as long as the test wants. */
async function unfinishedRequest(origin: string): Promise<{ socket: Socket; finish: () => void; text: () => string }> {
  const { port } = new URL(origin);
  const socket = connect(Number(port), '127.0.0.1');
  let text = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  socket.on('error', () => {});
  const body = '{"deployment":"single"}';
  // `100 Continue` says that the server has begun with it.
  socket.write(
    `POST /api/labs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: ${body.length}\r\n\r\n`,
  );
  await until('the server to take the request', () => text.includes('100 Continue'));
  return { socket, finish: () => socket.write(body), text: () => text };
}

const readyStatus = async (origin: string): Promise<string> => {
  const response = await fetch(`${origin}/readyz`);
  return `${response.status} ${((await response.json()) as { status: string }).status}`;
};

test('SIGTERM: labs end with a wire event, no process is left, exit 0', async () => {
  await using server = await startServer();
  const lab = await TestLab.create(server.origin);
  const folder = socketFolderOf(pidOf(lab));
  const session = await lab.initialize();
  const call = lab.callTool(session, 'count', { to: 10, everyMs: 100 }).then((response) => response.text());
  await using wire = await readWire(lab);
  await until('the call to run', () =>
    wire.events.some(({ body }) => body.type === 'event-written' && body.bytes.includes('"progress":1,')),
  );
  const exitCode = await server.stop('SIGTERM');
  // It was under way, and was let finish.
  expect(await call).toContain('Counted to 10');
  expect(exitCode).toBe(0);
  await wire.ended;
  expect(wire.events.at(-1)?.body).toEqual({ type: 'lab-ended', reason: 'server-stopping' });
  expect(isAlive(pidOf(lab))).toBe(false);
  expect(existsSync(folder)).toBe(false);
});

test('Ctrl-C, which reaches every process of the group, is an end in order too', async () => {
  const root = fileURLToPath(new URL('../../', import.meta.url));
  const child = spawn(process.execPath, ['playground-server/main.ts'], {
    cwd: root,
    env: { ...process.env, PORT: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A process group of its own, as a shell gives it.
    detached: true,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const origin = await until('the server', () => /is at (http:\/\/localhost:\d+)/.exec(output)?.[1]);
  const lab = await TestLab.create(origin);
  await using wire = await readWire(lab);
  process.kill(-(child.pid as number), 'SIGINT');
  await until('the server to exit', () => child.exitCode !== null || child.signalCode !== null);
  expect(child.exitCode).toBe(0);
  await wire.ended;
  expect(wire.events.at(-1)?.body).toEqual({ type: 'lab-ended', reason: 'server-stopping' });
  expect(wire.events.at(-2)?.body).toMatchObject({ type: 'process-exited', code: 0, signal: null });
  expect(output).not.toContain('worker crashed');
  expect(isAlive(pidOf(lab))).toBe(false);
});

test('SIGKILL: its workers notice by themselves, and leave nothing behind', async () => {
  await using server = await startServer();
  const labs = [
    await TestLab.create(server.origin),
    await TestLab.create(server.origin, { deployment: 'forked' }),
    await TestLab.create(server.origin, { deployment: 'forked', connection: 'kept' }),
  ];
  const folders = labs.map((lab) => socketFolderOf(pidOf(lab)));
  const workers = workersOf(server.pid);
  expect(workers.sort()).toEqual(labs.flatMap(({ pids }) => pids).sort());
  // One of them is just being replaced, and one is in the middle of a call.
  const session = await labs[2]?.initialize('page');
  const call = labs[2]?.callTool(session as string, 'slow', { ms: 60_000 }, 5, 'page').catch(() => undefined);
  await labs[1]?.kill('p2');
  await until('a successor', () => {
    const now = workersOf(server.pid);
    workers.push(...now.filter((pid) => !workers.includes(pid)));
    return workers.length === 10;
  });
  await server.stop('SIGKILL');
  await (await call)?.text().catch(() => '');
  await until('the workers to exit', () => workers.filter(isAlive).length === 0);
  expect(folders.filter((folder) => existsSync(folder))).toEqual([]);
});

test('labs that wait for their turn to start when it stops are refused, and leave nothing', async () => {
  await using server = await startServer();
  const asked = Array.from({ length: 8 }, () =>
    createLab(server.origin, {}, { deployment: 'forked' }).then(({ status }) => status),
  );
  await until('the first processes', () => workersOf(server.pid).length > 0);
  const workers = workersOf(server.pid);
  expect(await server.stop('SIGTERM')).toBe(0);
  const statuses = await Promise.all(asked);
  expect(statuses).toContain(503);
  expect(workers.filter(isAlive)).toEqual([]);
  expect(workersOf(server.pid)).toEqual([]);
});

describe('while it drains', () => {
  test('readyz says 503, requests under way are answered, new labs are refused', async () => {
    await using server = await startServer();
    const { finish, text } = await unfinishedRequest(server.origin);
    expect(await readyStatus(server.origin)).toBe('200 ok');
    process.kill(server.pid, 'SIGTERM');
    await until('the server to drain', async () => (await readyStatus(server.origin)) === '503 draining');
    expect((await fetch(`${server.origin}/healthz`)).status).toBe(200);
    finish();
    await until('the answer', () => /HTTP\/1\.1 503.*:stopping"/s.test(text()));
    expect(await server.exited).toBe(0);
  });

  test('two signals in one moment, as Ctrl-C under npm sends them, are one wish', async () => {
    await using server = await startServer();
    const { finish, text } = await unfinishedRequest(server.origin);
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGINT'] as const) process.kill(server.pid, signal);
    await until('the server to drain', async () => (await readyStatus(server.origin)) === '503 draining');
    finish();
    await until('the answer', () => /HTTP\/1\.1 503.*:stopping"/s.test(text()));
    expect(await server.exited).toBe(0);
  });

  test('a second signal, later, ends it at once', async () => {
    await using server = await startServer();
    const { socket } = await unfinishedRequest(server.origin);
    process.kill(server.pid, 'SIGTERM');
    await until('the server to drain', async () => (await readyStatus(server.origin)) === '503 draining');
    const beganMs = performance.now();
    // Whoever is in a hurry does not stop asking.
    const asking = setInterval(() => isAlive(server.pid) && process.kill(server.pid, 'SIGTERM'), 50);
    try {
      expect(await server.stop('SIGTERM')).toBe(1);
      expect(performance.now() - beganMs).toBeLessThan(5000);
    } finally {
      clearInterval(asking);
      socket.destroy();
    }
  });

  test('it waits so long, and not longer', async () => {
    const server = await localServer({ drainMs: 200 });
    const { socket } = await unfinishedRequest(server.origin);
    const closed = new Promise((resolve) => socket.once('close', resolve));
    const beganMs = performance.now();
    await server.stop();
    expect(performance.now() - beganMs).toBeGreaterThanOrEqual(199);
    await closed;
    await expect(fetch(`${server.origin}/healthz`)).rejects.toThrow();
  });
});
