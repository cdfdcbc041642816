/** What passes between a process and the store, in one plain sentence or two. */

import type { Explanation } from './explain.ts';
import type { ArrowRow } from './rows.ts';

const explanations: readonly (readonly [what: RegExp, lead: string, text: string])[] = [
  [
    /^message/,
    'Another process said this.',
    'It reached {p} by way of the store. Whom it concerns here acts on it: a call that waits for its answer has it now.',
  ],
  [
    /^messages/,
    'What one process tells the others.',
    '{p} publishes it, and whoever listens hears it. A message may be lost, and is never the only copy of anything.',
  ],
  [
    /^claims/,
    'Somebody died, and one process looks after what was left.',
    'A process renews the claim that it lives, each second. This one had not been renewed for five: {p} took it, and the fence number tells its former owner from the new one, should it wake.',
  ],
  [
    /^logs.finish/,
    'The end of a call whose process died.',
    '{p} appends an error as the last event of the stream. Whoever waits for the call has it, wherever the client comes back.',
  ],
  [
    /^logs.takeOver/,
    'A connection takes the stream over.',
    'Each one that does has a higher number, in whatever process: an older one closes, so that nothing is written twice.',
  ],
  [
    /^logs.append/,
    'An event is logged, and numbered.',
    'Only the store gives numbers, so that a stream has one order whoever writes it. It is logged first and then written.',
  ],
  [/^logs/, 'The log of a stream.', '{p} opens it, finds it, or reads what other processes wrote there.'],
  [
    /^sessions.admit/,
    'Is there such a session?',
    'One step finds it, sees whose it is, and keeps it alive for its whole idle time.',
  ],
  [
    /^sessions.(keep|read)Answer/,
    'The answer to another process.',
    'The process that the client reached keeps the answer in the store, and wakes the one that asked, which reads it. Should the wake-up be lost, the answer is not.',
  ],
  [
    /^sessions.begin/,
    'May one more request run?',
    'What all processes run in the session is counted in one place, with the ids of the requests, so that the bounds hold for all of them together.',
  ],
  [
    /^sessions/,
    'The record of a session.',
    'Version, client, capabilities, log level, subscriptions: data alone, so that every process can have it.',
  ],
];

export function explainStore({ label, bad, process }: ArrowRow): Explanation {
  if (bad) {
    return {
      lead: 'The store cannot be reached.',
      text: 'What a request needs is answered 503 with `Retry-After`. What a handler says is kept back in its order, and tried again until the store answers: nothing is written that is not logged.',
    };
  }
  const [, lead = '', text = ''] = explanations.find(([what]) => what.test(label.before)) ?? [];
  return { lead, text: text.replaceAll('{p}', `\`${process}\``) };
}
