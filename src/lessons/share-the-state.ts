/** Lesson 8: the same kill, and nothing is lost, because the state is where every process finds it. */

import type { WireEvent } from '../../playground-server/lab/wire.ts';
import type { Lesson } from '../playground/model/lesson.ts';
import { isLost, requestsOf, type SeenRequest } from '../playground/model/requests.ts';
import { broken, isAnswer, resumption } from './broken-streams.ts';
import { named, successions } from './processes.ts';

export const shareTheState: Lesson = {
  id: 'share-the-state',
  title: 'Share the state',
  deployment: 'shared',
  steps: [
    { text: 'Open a session, in one of four processes', acts: ['open'], seen: opened },
    { text: 'Call `whoami` four times: every process finds it', acts: ['whoami'], seen: foundByAll },
    { text: 'Kill the process that opened it', acts: ['kill'], seen: killed },
    { text: 'Call again: the session outlives its process', acts: ['whoami'], seen: stillFound },
    { text: 'Call `hang_up`: one process runs the call, its connection breaks', acts: ['hang_up'], seen: brokenOff },
    { text: 'Resume: another process goes on with the stream', acts: ['resume'], seen: resumedElsewhere },
  ],
  done: 'Done: sessions and events are in a store that all four reach, so that it does not matter which one is asked.',
};

function opened(events: readonly WireEvent[]): string | undefined {
  const first = requestsOf(events).find(({ table }) => table === 'created');
  return first && `${first.session} opened by ${first.process}`;
}

const calls = (events: readonly WireEvent[]): SeenRequest[] =>
  requestsOf(events).filter(({ method, table }) => method === 'tools/call' && table !== undefined);

function foundByAll(events: readonly WireEvent[]): string | undefined {
  const firstDeath = successions(events)[0]?.startedAt ?? Number.POSITIVE_INFINITY;
  const all = calls(events).filter(({ id }) => id < firstDeath);
  const processes = new Set(all.map(({ process }) => process));
  if (processes.size < 2 || all.length < 4 || all.some(isLost)) return undefined;
  return `${all.length} of ${all.length} found, in ${named(all)}`;
}

function killed(events: readonly WireEvent[]): string | undefined {
  const last = successions(events).at(-1);
  return last && `${last.process}: pid ${last.deadPid} died, ${last.pid} follows`;
}

function stillFound(events: readonly WireEvent[]): string | undefined {
  const [first] = successions(events);
  if (!first) return undefined;
  const after = calls(events).filter(({ id, session }) => id > first.startedAt && first.sessions.has(session ?? ''));
  if (after.length < 4 || after.some(isLost)) return undefined;
  return `all ${after.length} found, by ${named(after)}`;
}

function brokenOff(events: readonly WireEvent[]): string | undefined {
  const lost = broken(events);
  return lost && `stream ${lost.stream} of ${lost.process} broke off after event ${lost.lastEventId}`;
}

function resumedElsewhere(events: readonly WireEvent[]): string | undefined {
  const [lost, back] = [broken(events), resumption(events)];
  if (!lost || !back || back.process === lost.process) return undefined;
  const answered = events.some((event) => {
    return event.id > back.at && event.stream === back.stream && event.actor === back.process && isAnswer(event);
  });
  return answered ? `${back.process} wrote the rest of what ${lost.process} was running` : undefined;
}
