/** A worker that hears no SIGTERM and does not stop when it is told to: for tests of the supervisor. */

import { createServer } from 'node:http';
import type { ToWorker, WorkerSettings } from '../../playground-server/lab/ipc.ts';

const { socket } = JSON.parse(process.argv[2] as string) as WorkerSettings;
process.on('SIGTERM', () => {});
process.on('message', (message: ToWorker) => {
  if (message.type === 'ping') process.send?.({ type: 'pong' });
});
process.on('disconnect', () => process.exit(0));
createServer((_, response) => response.end()).listen(socket, () => process.send?.({ type: 'listening' }));
