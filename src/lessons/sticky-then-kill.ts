/** Lesson 7: affinity that works, and what it cannot do. */

import type { WireEvent } from '../../playground-server/lab/wire.ts';
import type { Lesson } from '../playground/model/lesson.ts';
import { isLost, requestsOf } from '../playground/model/requests.ts';
import { named, successions } from './processes.ts';

export const stickyThenKill: Lesson = {
  id: 'sticky-then-kill',
  title: 'Sticky, then kill',
  deployment: 'sticky',
  steps: [
    { text: 'Open a session: the router learns who answered', acts: ['open'], seen: opened },
    { text: 'Call `whoami`: every call goes there', acts: ['whoami'], seen: allThere },
    { text: 'Kill the process that holds the session', acts: ['kill'], seen: killed },
    { text: 'Call again: the router remembers, the session is gone', acts: ['whoami'], seen: gone, loss: true },
    { text: 'Open a new session, as a client must after 404', acts: ['open'], seen: openedAnew },
  ],
  done: 'Done: affinity brings a request to the process that knew its session. It does not keep the process alive.',
};

function opened(events: readonly WireEvent[]): string | undefined {
  const first = requestsOf(events).find(({ table }) => table === 'created');
  return first && `${first.session} in ${first.process}`;
}

function allThere(events: readonly WireEvent[]): string | undefined {
  const firstDeath = successions(events)[0]?.startedAt ?? Number.POSITIVE_INFINITY;
  const calls = requestsOf(events).filter(({ id, method, table }) => {
    return id < firstDeath && method === 'tools/call' && table !== undefined;
  });
  if (calls.length < 3 || calls.some(isLost)) return undefined;
  return `${calls.length} of ${calls.length} found in ${named(calls)}`;
}

function killed(events: readonly WireEvent[]): string | undefined {
  const last = successions(events).at(-1);
  return last && `${last.process}: pid ${last.deadPid} died, ${last.pid} follows`;
}

function gone(events: readonly WireEvent[]): string | undefined {
  for (const { sessions, startedAt } of successions(events)) {
    const lost = requestsOf(events).filter((request) => {
      return request.id > startedAt && sessions.has(request.session ?? '') && isLost(request);
    });
    if (lost.length > 0) return `404 from ${named(lost)}`;
  }
  return undefined;
}

function openedAnew(events: readonly WireEvent[]): string | undefined {
  const [first] = successions(events);
  const lost = requestsOf(events).find((request) => {
    return first && request.id > first.startedAt && first.sessions.has(request.session ?? '') && isLost(request);
  });
  const anew = requestsOf(events).find(({ id, table }) => lost && id > lost.id && table === 'created');
  return anew && `${anew.session} in ${anew.process}`;
}
