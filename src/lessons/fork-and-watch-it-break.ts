/** Lesson 5: one session, four processes, and why three calls in four are lost. */

import type { WireEvent } from '../../playground-server/lab/wire.ts';
import type { Lesson } from '../playground/model/lesson.ts';
import { isLost, requestsOf, type SeenRequest } from '../playground/model/requests.ts';
import { named, successions } from './processes.ts';

export const forkAndWatchItBreak: Lesson = {
  id: 'fork-and-watch-it-break',
  title: 'Fork it and watch it break',
  deployment: 'forked',
  steps: [
    { text: 'Open a session on four processes', acts: ['open'], seen: sessionOpened },
    {
      text: 'Call `whoami` until two processes have lost a call',
      acts: ['fresh', 'whoami'],
      seen: callsLost,
      loss: true,
    },
    { text: 'Keep the connection, and open a session on it', acts: ['keep', 'open'], seen: openedOnKept },
    { text: 'Call again: none is lost, and the fault hides', acts: ['whoami'], seen: noneLost },
    {
      text: 'Let each request have a fresh connection, and call',
      acts: ['fresh', 'whoami'],
      seen: lostAgain,
      loss: true,
    },
    { text: 'Kill the process that holds the session', acts: ['kill'], seen: successor },
    { text: 'Call again: no process has the session now', acts: ['whoami'], seen: goneForGood, loss: true },
    { text: 'Open a new session, as a client must after 404', acts: ['open'], seen: openedAnew },
  ],
  done: 'Done: one table of sessions in each process, and nothing that carries a session from one to another.',
};

const isCall = ({ method }: SeenRequest): boolean => method === 'tools/call';

function sessionOpened(events: readonly WireEvent[]): string | undefined {
  const opened = requestsOf(events).find(({ table }) => table === 'created');
  return opened && `${opened.session} in ${opened.process}`;
}

function callsLost(events: readonly WireEvent[]): string | undefined {
  const requests = requestsOf(events);
  const firstKept = requests.find(({ mode }) => mode === 'kept')?.id ?? Number.POSITIVE_INFINITY;
  const lost = requests.filter((request) => request.id < firstKept && isCall(request) && isLost(request));
  if (pidsOf(lost) < 2) return undefined;
  return `404 from ${named(lost)}`;
}

function openedOnKept(events: readonly WireEvent[]): string | undefined {
  const opened = requestsOf(events).find(({ table, mode }) => table === 'created' && mode === 'kept');
  return opened && `${opened.session} in ${opened.process}`;
}

/** How many calls in a row make a point: with four processes, three that are found by chance are one in 64. */
const enoughCalls = 3;

/** The calls on one kept connection, in the session that was opened on it. */
function noneLost(events: readonly WireEvent[]): string | undefined {
  const requests = requestsOf(events).filter(({ mode }) => mode === 'kept');
  for (const opened of requests.filter(({ table }) => table === 'created')) {
    const calls = requests.filter((request) => {
      return isCall(request) && request.session === opened.session && request.connection === opened.connection;
    });
    const found = calls.filter(({ table }) => table === 'found');
    if (found.length >= enoughCalls && !calls.some(isLost))
      return `0 of ${found.length} lost, all in ${opened.process}`;
  }
  return undefined;
}

function lostAgain(events: readonly WireEvent[]): string | undefined {
  const kept = requestsOf(events).find(({ mode, table }) => mode === 'kept' && table === 'found');
  const firstDeath = successions(events)[0]?.startedAt ?? Number.POSITIVE_INFINITY;
  const lost = requestsOf(events).filter((request) => {
    const between = kept && request.id > kept.id && request.id < firstDeath;
    return between && request.mode === 'fresh' && isCall(request) && isLost(request);
  });
  return lost.length === 0 ? undefined : `404 from ${named(lost)}`;
}

function successor(events: readonly WireEvent[]): string | undefined {
  const last = successions(events).at(-1);
  return last && `${last.process}: pid ${last.deadPid} died, ${last.pid} follows`;
}

/** A session that died with its process was asked for since, and every process said that it is not there. */
function goneForGood(events: readonly WireEvent[]): string | undefined {
  const processes = new Set(events.flatMap(({ body }) => (body.type === 'process-started' ? [body.process] : [])));
  for (const { sessions, startedAt } of successions(events)) {
    for (const session of sessions) {
      const lost = requestsOf(events).filter((request) => {
        return request.id > startedAt && request.session === session && isLost(request);
      });
      if (new Set(lost.map(({ process }) => process)).size === processes.size) return `404 from ${named(lost)}`;
    }
  }
  return undefined;
}

function openedAnew(events: readonly WireEvent[]): string | undefined {
  const [first] = successions(events);
  const lost = requestsOf(events).find((request) => {
    return first && request.id > first.startedAt && first.sessions.has(request.session ?? '') && isLost(request);
  });
  const opened = requestsOf(events).find(({ id, table }) => lost && id > lost.id && table === 'created');
  return opened && `${opened.session} in ${opened.process}`;
}

function pidsOf(requests: readonly SeenRequest[]): number {
  return new Set(requests.map(({ pid }) => pid)).size;
}
