/** Lesson 9: the same four processes, and a client of the modern era. */

import type { WireEvent } from '../../playground-server/lab/wire.ts';
import type { Lesson } from '../playground/model/lesson.ts';
import { requestsOf, type SeenRequest } from '../playground/model/requests.ts';
import { named } from './processes.ts';

export const noSessionAtAll: Lesson = {
  id: 'no-session-at-all',
  title: 'No session at all',
  deployment: 'forked',
  era: 'modern',
  steps: [
    { text: 'Ask the server who it is: `server/discover`', acts: ['open'], seen: discovered },
    { text: 'Call `whoami`: whichever process is asked answers', acts: ['whoami'], seen: answeredByAll },
    { text: 'Call `count`: its progress travels with the answer', acts: ['count'], seen: progressed },
    { text: 'Kill a process', acts: ['kill'], seen: killed },
    { text: 'Call again: there was nothing in it to lose', acts: ['whoami'], seen: nothingLost },
  ],
  done: 'Done: what a request needs travels with it, and no process remembers the one before.',
};

function answered(events: readonly WireEvent[], method: string): SeenRequest[] {
  return requestsOf(events).filter((request) => request.method === method && request.status === 200);
}

function discovered(events: readonly WireEvent[]): string | undefined {
  const [first] = answered(events, 'server/discover');
  return first && `${first.process} answered, and kept nothing`;
}

function answeredByAll(events: readonly WireEvent[]): string | undefined {
  const calls = answered(events, 'tools/call');
  return new Set(calls.map(({ process }) => process)).size >= 3 ? `answered by ${named(calls)}` : undefined;
}

function progressed(events: readonly WireEvent[]): string | undefined {
  const steps = events.filter(({ body }) => {
    return body.type === 'event-written' && body.bytes.includes('"notifications/progress"');
  });
  const exchange = steps[0]?.exchange;
  return exchange && `${steps.filter((event) => event.exchange === exchange).length} events in the answer to one POST`;
}

/** The event in which the successor of a dead process started. */
function lastSuccession(events: readonly WireEvent[]): WireEvent | undefined {
  const dead = new Set(events.flatMap(({ body }) => (body.type === 'process-exited' ? [body.process] : [])));
  const firstDeath = events.find(({ body }) => body.type === 'process-exited')?.id ?? Number.POSITIVE_INFINITY;
  return events.findLast(
    ({ id, body }) => id > firstDeath && body.type === 'process-started' && dead.has(body.process),
  );
}

function killed(events: readonly WireEvent[]): string | undefined {
  const successor = lastSuccession(events);
  return successor?.body.type === 'process-started'
    ? `${successor.body.process} has a successor, pid ${successor.body.pid}`
    : undefined;
}

function nothingLost(events: readonly WireEvent[]): string | undefined {
  const successor = lastSuccession(events);
  const since = requestsOf(events).filter(
    ({ id, method }) => successor && id > successor.id && method === 'tools/call',
  );
  const found = since.filter(({ status }) => status === 200);
  return found.length >= 3 && found.length === since.length ? `${found.length} of ${found.length} answered` : undefined;
}
