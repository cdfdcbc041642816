import { spawn } from 'node:child_process';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { FromWorker, WorkerSettings, WorkerTrace } from '../../playground-server/lab/ipc.ts';
import { TraceSender } from '../../playground-server/lab/trace-sender.ts';
import { tempFolder } from '../setup/temp-folder.ts';
import { until } from '../setup/until.ts';
import { initialize } from './local-server.ts';

const trace = (n: number): WorkerTrace => ({
  timeMs: n,
  place: { exchange: `x${n}` },
  event: { type: 'session-found' },
});
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** A channel that takes messages when the test lets it. */
function channel() {
  const sent: FromWorker[] = [];
  const waiting: (() => void)[] = [];
  return {
    sent,
    waiting,
    send: (message: FromWorker, done: () => void) => {
      sent.push(message);
      waiting.push(done);
    },
    traces: () => sent.flatMap((message) => (message.type === 'trace' ? [message] : [])),
  };
}

describe('what a worker tells', () => {
  test('leaves in one message for each turn, in order', async () => {
    const { send, traces } = channel();
    const sender = new TraceSender(send);
    for (let n = 0; n < 3; n++) sender.add(trace(n));
    await turn();
    sender.add(trace(3));
    await turn();
    expect(traces()).toEqual([
      { type: 'trace', events: [trace(0), trace(1), trace(2)] },
      { type: 'trace', events: [trace(3)] },
    ]);
  });

  test('is dropped when too much waits, in one piece, and the gap says how many', async () => {
    const { send, waiting, traces } = channel();
    const sender = new TraceSender(send, 3500);
    for (let n = 0; n < 100; n++) {
      sender.add(trace(n));
      await turn();
    }
    const before = traces().flatMap(({ events }) => events);
    expect(before).toEqual(Array.from({ length: 11 }, (_, n) => trace(n)));
    // Half of it has left: now there is room.
    for (const done of waiting.splice(0)) done();
    sender.add(trace(100));
    await turn();
    expect(traces().slice(11)).toEqual([
      { type: 'trace', events: [], dropped: 89 },
      { type: 'trace', events: [trace(100)] },
    ]);
  });

  test('ends with a last word, after the gap if there is one', () => {
    const { send, sent, waiting } = channel();
    const sender = new TraceSender(send, 1000);
    for (let n = 0; n < 10; n++) sender.add(trace(n));
    let over = false;
    sender.end(() => {
      over = true;
    });
    expect(sent).toEqual([
      { type: 'trace', events: [0, 1, 2].map(trace) },
      { type: 'trace', events: [], dropped: 7 },
      { type: 'told-everything' },
    ]);
    waiting.at(-1)?.();
    expect(over).toBe(true);
  });
});

test('a real worker whose supervisor does not listen keeps a bounded backlog, and accounts for every event', async () => {
  await using folder = await tempFolder();
  const settings: WorkerSettings = {
    name: 'p1',
    socket: join(folder.path, 'p1-1.sock'),
    maxSessions: 10,
    maxRequestBytes: 1_000_000,
    allowedHosts: ['localhost'],
    allowedOrigins: [],
    stateless: false,
    shared: null,
  };
  const worker = spawn(
    process.execPath,
    [
      '--max-old-space-size=64',
      fileURLToPath(new URL('../../playground-server/lab/worker.ts', import.meta.url)),
      JSON.stringify(settings),
    ],
    // The channel is a pipe of ours, which is read when we like.
    { stdio: ['ignore', 'ignore', 'inherit', 'pipe'], env: { NODE_CHANNEL_FD: '3' } },
  );
  let exit: unknown;
  worker.once('exit', (code, signal) => {
    exit = signal ?? code;
  });
  const pipe = worker.stdio[3] as Readable;
  const post = (message: unknown, session?: string): Promise<string | undefined> =>
    new Promise((resolve, reject) => {
      const headers = {
        Host: 'localhost',
        'Content-Type': 'application/json',
        Accept: 'application/json, text/event-stream',
        ...(session !== undefined && { 'Mcp-Session-Id': session }),
      };
      httpRequest({ socketPath: settings.socket, method: 'POST', path: '/mcp', headers }, (response) => {
        response.resume().on('end', () => resolve(response.headers['mcp-session-id'] as string | undefined));
      })
        .on('error', reject)
        .end(JSON.stringify(message));
    });
  const session = await until('the worker', () => post(initialize));
  const lines = 500;
  const calls = 60;
  const call = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'chatter', arguments: { lines } } };
  for (let i = 0; i < calls; i++) await post(call, session);
  // Nobody has read a byte: without a bound, 30 000 events lie in its heap, or it has died of them.
  expect(exit).toBeUndefined();

  let text = '';
  pipe.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  const messages = (): FromWorker[] =>
    text
      .slice(0, text.lastIndexOf('\n') + 1)
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as FromWorker);
  await until('the gap', () => text.includes('"dropped":'));
  // One more call: what follows the gap is told again.
  await post({ jsonrpc: '2.0', id: 'after the gap', method: 'ping' }, session);
  await until('what follows', () => text.includes('after the gap'));
  const traces = messages().flatMap((message) => (message.type === 'trace' ? [message] : []));
  const told = traces.flatMap(({ events }) => events);
  const dropped = traces.reduce((sum, message) => sum + (message.dropped ?? 0), 0);
  const beginOf = (exchange: string) => told.findIndex(({ place }) => place.exchange === exchange);
  // The first calls were told in full, and they are all alike; of the ping, which came last, all was told.
  const perCall = beginOf('x3') - beginOf('x2');
  expect(perCall).toBeGreaterThan(lines);
  expect(told.length + dropped).toBe(beginOf('x2') + calls * perCall + told.length - beginOf(`x${calls + 2}`));
  expect(dropped).toBeGreaterThan((calls * perCall) / 2);
  expect(Buffer.byteLength(text)).toBeLessThan(8 * 1024 * 1024);

  worker.kill('SIGKILL');
  await until('its end', () => exit);
});
