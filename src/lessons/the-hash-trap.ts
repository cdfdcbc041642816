/** Lesson 6: why a hash of the session id is no affinity. */

import type { WireEvent } from '../../playground-server/lab/wire.ts';
import type { Lesson } from '../playground/model/lesson.ts';
import { isLost, requestsOf, type SeenRequest } from '../playground/model/requests.ts';

export const theHashTrap: Lesson = {
  id: 'the-hash-trap',
  title: 'The hash trap',
  deployment: 'hashed',
  byChance: true,
  steps: [
    { text: 'Open a session on four processes', acts: ['open'], seen: opened },
    { text: 'Call `whoami`: all calls work, or none does', acts: ['whoami'], seen: allOrNothing },
    { text: 'Open eight more, and call each of them', acts: ['eight'], seen: eachAlwaysOrNever },
    { text: 'Keep the connection, and call: it changes nothing', acts: ['keep', 'whoami'], seen: keptIsNoHelp },
  ],
  done: 'Done: the router hashed an id that a process had minted before anyone could hash it. One in four agrees by chance.',
};

function opened(events: readonly WireEvent[]): string | undefined {
  const first = requestsOf(events).find(({ table }) => table === 'created');
  return first && `${first.session} in ${first.process}`;
}

/** The tool calls of each session, in order of its first. */
function callsBySession(requests: readonly SeenRequest[]): SeenRequest[][] {
  const calls = new Map<string, SeenRequest[]>();
  for (const request of requests) {
    if (request.method !== 'tools/call' || request.session === undefined || request.table === undefined) continue;
    calls.set(request.session, [...(calls.get(request.session) ?? []), request]);
  }
  return [...calls.values()];
}

function allOrNothing(events: readonly WireEvent[]): string | undefined {
  const [first] = callsBySession(requestsOf(events)).filter((calls) => calls.length >= 3);
  if (!first) return undefined;
  const lost = first.filter(isLost).length;
  if (lost !== 0 && lost !== first.length) return undefined;
  return `${first.length - lost} of ${first.length} found, all asked of ${first[0]?.process}`;
}

function eachAlwaysOrNever(events: readonly WireEvent[]): string | undefined {
  const sessions = callsBySession(requestsOf(events)).filter((calls) => calls.length >= 2);
  if (sessions.length < 8) return undefined;
  const never = sessions.filter((calls) => calls.every(isLost)).length;
  const always = sessions.filter((calls) => !calls.some(isLost)).length;
  if (always + never < sessions.length) return undefined;
  return `${always} of ${sessions.length} sessions always work, ${never} never`;
}

/** With kept connections, a session is still asked for where its hash says. */
function keptIsNoHelp(events: readonly WireEvent[]): string | undefined {
  const requests = requestsOf(events);
  const kept = callsBySession(requests.filter(({ mode }) => mode === 'kept')).find((calls) => calls.length >= 3);
  if (!kept) return undefined;
  const before = requests.find(({ mode, session, method }) => {
    return mode === 'fresh' && method === 'tools/call' && session === kept[0]?.session;
  });
  if (!before || kept.some((call) => call.process !== before.process)) return undefined;
  return `still asked of ${before.process}, and ${isLost(before) ? 'still lost' : 'still found'}`;
}
