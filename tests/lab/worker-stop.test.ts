import { fork } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { FromWorker, ToWorker, WorkerSettings } from '../../playground-server/lab/ipc.ts';
import { tempFolder } from '../setup/temp-folder.ts';
import { until } from '../setup/until.ts';

const ping = '{"jsonrpc":"2.0","id":1,"method":"ping"}';
const request = `POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nAccept: application/json, text/event-stream\r\nContent-Length: ${ping.length}\r\n\r\n${ping}`;

/** A connection to the worker that stays open between requests, and all that came on it. */
async function keptConnection(path: string): Promise<{ socket: Socket; text: () => string }> {
  const socket = connect(path);
  let text = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  socket.on('error', () => {});
  await once(socket, 'connect');
  return { socket, text: () => text };
}

const answersIn = (text: string): number => text.match(/HTTP\/1\.1 400/g)?.length ?? 0;

test('a worker answers what was sent to it before it was told to stop, and has told everything when it exits', async () => {
  await using folder = await tempFolder();
  const settings: WorkerSettings = {
    name: 'p1',
    socket: join(folder.path, 'p1-1.sock'),
    maxSessions: 10,
    maxRequestBytes: 1000,
    allowedHosts: ['localhost'],
    allowedOrigins: [],
    stateless: false,
    shared: null,
  };
  const module = fileURLToPath(new URL('../../playground-server/lab/worker.ts', import.meta.url));
  const worker = fork(module, [JSON.stringify(settings)], { execArgv: [] });
  const heard: FromWorker[] = [];
  worker.on('message', (message: FromWorker) => heard.push(message));
  const exit = once(worker, 'exit');
  await until('the worker', () => heard.some(({ type }) => type === 'listening'));
  const connections = await Promise.all(Array.from({ length: 5 }, () => keptConnection(settings.socket)));
  for (const { socket } of connections) socket.write(request);
  await until('the first answers', () => connections.every(({ text }) => answersIn(text()) === 1));

  // Both lie in its sockets when it goes on: requests on connections that were idle, and the word to stop.
  worker.kill('SIGSTOP');
  worker.send({ type: 'stop', graceMs: 0 } satisfies ToWorker);
  for (const { socket } of connections) socket.write(request);
  worker.kill('SIGCONT');
  expect(await exit).toEqual([0, null]);
  await until('the connections to close', () => connections.every(({ socket }) => socket.closed));
  expect(connections.map(({ text }) => answersIn(text()))).toEqual([2, 2, 2, 2, 2]);
  expect(heard.at(-1)).toEqual({ type: 'told-everything' });
  const received = heard
    .flatMap((message) => (message.type === 'trace' ? message.events : []))
    .filter(({ event }) => event.type === 'request-received');
  expect(received).toHaveLength(10);
});
