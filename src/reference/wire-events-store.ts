/** What a process reports of the store that it shares with the others of its lab. */

import type { StoreEvent } from '../../playground-server/lab/wire.ts';
import { field, maybe, type WireTable } from './wire-event.ts';

const message =
  'Between processes: `answer`, `cancel`, `broadcast`, `changed`, `hang-up`, `appended`, `attached` or `ended`.';

export const storeEvents: WireTable<StoreEvent['type']> = {
  'store-called': {
    about:
      'The process asked the store for something, and has its answer. Heartbeats and rounds of cleaning are not told, nor is a look into a log that finds nothing new; what is tried again until the store answers is told once.',
    fields: {
      operation: field('string', 'Such as `sessions.admit`, `logs.append`, `claims.acquire`, `messages.publish`.'),
      outcome: field('string', 'In a few words: `found`, `missing`, `number 7`, `fence 3`, `refused`, `unreachable`.'),
      durationMs: field('number', 'How long it took, as the process saw it.'),
      message: maybe('string', message),
    },
  },
  'message-delivered': {
    about: 'What another process published is here. That a stream has more to read is left out: reading on shows it.',
    fields: { message: field('string', message) },
  },
};
