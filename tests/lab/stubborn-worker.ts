/**
 * A worker that starts well, and whose first successors do not: for tests of the supervisor. It answers with its own
 * process id.
 */

import { rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { dirname } from 'node:path';
import type { ToWorker, WorkerSettings } from '../../playground-server/lab/ipc.ts';

const { socket } = JSON.parse(process.argv[2] as string) as WorkerSettings;
const generation = Number(/-(\d+)\.sock$/.exec(socket)?.[1]);
if (generation === 2 || generation === 3) throw new Error(`Generation ${generation} does not start`);

process.on('message', (message: ToWorker) => {
  if (message.type === 'ping') process.send?.({ type: 'pong' });
  // It never stops in order: it has to be killed.
});
process.on('disconnect', () => {
  rmSync(dirname(socket), { recursive: true, force: true });
  process.exit(0);
});
createServer((_, response) => response.end(String(process.pid))).listen(socket, () => {
  process.send?.({ type: 'listening' });
});
