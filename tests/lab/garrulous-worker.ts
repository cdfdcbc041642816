/** A worker that says, when it is asked, that it could not tell everything: for tests of the supervisor. */

import { createServer } from 'node:http';
import type { FromWorker, ToWorker, WorkerSettings } from '../../playground-server/lab/ipc.ts';
import type { TraceEvent } from '../../playground-server/transport/trace.ts';

const { socket } = JSON.parse(process.argv[2] as string) as WorkerSettings;
const tell = (message: FromWorker): void => void process.send?.(message);
const trace = (event: TraceEvent) => ({ timeMs: 0, place: {}, event });

process.on('message', ({ type }: ToWorker) => {
  if (type === 'ping') tell({ type: 'pong' });
  if (type === 'stop') process.exit(0);
});
process.on('disconnect', () => process.exit(0));
createServer((_, response) => {
  tell({ type: 'trace', events: [trace({ type: 'session-created', protocolVersion: '', clientName: '' })] });
  tell({ type: 'trace', events: [], dropped: 4711 });
  tell({ type: 'trace', events: [trace({ type: 'session-found' })] });
  response.end();
}).listen(socket, () => tell({ type: 'listening' }));
