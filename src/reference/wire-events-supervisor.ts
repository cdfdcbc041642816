/** What the supervisor reports: the program that starts a lab's processes and keeps its log. */

import type { SupervisorEvent } from '../../playground-server/lab/wire.ts';
import { field, maybe, type WireTable } from './wire-event.ts';

const process = field('"p1" … "p4"', 'The name, which a successor takes over.');
const pid = field('number', 'The id that the operating system gave it.');
const connection = field(
  '"fresh" or "kept"',
  'Whether the router chooses for each request, or once for each connection.',
);

export const supervisorEvents: WireTable<SupervisorEvent['type']> = {
  'lab-began': {
    about: 'The first event of every log.',
    fields: {
      schema: field('1', 'The version of this list.'),
      deployment: field('string', 'What was started, such as `forked`.'),
      processes: field('number', 'How many: `p1` up to this number.'),
      connection,
      store: maybe('"redis"', 'Where its processes keep what they share, if not in a SQLite file.'),
    },
  },
  'connection-mode-changed': {
    about: 'From the next request on. What was chosen for connections before is forgotten.',
    fields: { connection },
  },
  'process-started': { about: 'A process takes requests.', fields: { process, pid } },
  'kill-requested': {
    about: 'Somebody asked for it with the API. `process-exited` follows.',
    fields: { process, pid, signal: field('"SIGKILL" or "SIGTERM"', 'What was sent.') },
  },
  'process-exited': {
    about: 'A process is gone. Its successor is on its way.',
    fields: {
      process,
      pid,
      code: field('number or null', 'The exit code; null when a signal ended it.'),
      signal: field('string or null', 'The signal that ended it.'),
    },
  },
  'emit-requested': {
    about: 'Somebody had this process emit a notification, to everyone it knows of.',
    fields: { process, method: field('string', 'The method of the notification.') },
  },
  'fault-injected': {
    about: 'Somebody injected a fault.',
    fields: { fault: field('object', 'As it was sent, with session ids masked.') },
  },
  'store-restored': {
    about: 'The processes can reach their store again, after the fault `store-down`.',
    fields: {},
  },
  'trace-cut': {
    about: 'A process died before it had told everything: its last events may be missing.',
    fields: { process, pid, exchanges: field('string[]', 'Those it had begun, whose end it took with it.') },
  },
  'trace-gap': {
    about: 'A process had more to tell than its channel took. Its own actor.',
    fields: { process, dropped: field('number', 'How many of its events are missing here.') },
  },
  'lab-idle': {
    about: 'The lab ends soon, unless someone uses it.',
    fields: { endsAt: field('string', 'When; ISO 8601.') },
  },
  'lab-ended': {
    about: 'The last event of every log.',
    fields: {
      reason: field('"deleted", "idle", "age" or "server-stopping"', 'Why.'),
    },
  },
  'log-gap': {
    about: 'Older events had left the log before this reader came.',
    fields: { firstKept: field('number', 'The id of the first one that is still there.') },
  },
};
