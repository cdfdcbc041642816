/** Lesson 10, its other half: the same acts, where the processes share a bus and a key. */

import type { WireEvent } from '../../playground-server/lab/wire.ts';
import { announceTimes } from '../playground/model/acts.ts';
import type { Lesson } from '../playground/model/lesson.ts';
import { announcements, listeners, retryElsewhere } from './listening.ts';
import { asked, listening, listeningElsewhere } from './what-modern-leaves.ts';

export const aBusAndAKey: Lesson = {
  id: 'a-bus-and-a-key',
  title: 'A bus and a key',
  deployment: 'shared',
  era: 'modern',
  steps: [
    { text: 'Listen for changes', acts: ['listen'], seen: listening },
    { text: 'Listen once more, in another process', acts: ['listen'], seen: listeningElsewhere },
    { text: 'Announce four changes: the bus carries each to both', acts: ['announce_each'], seen: heardByAll },
    { text: 'Call `ask`', acts: ['ask'], seen: asked },
    { text: 'Answer: the next process has the key', acts: ['answer'], seen: opened },
  ],
  done: 'Done: each request still brings all it needs. What crosses processes has a bus, and a key that all of them have.',
};

function heardByAll(events: readonly WireEvent[]): string | undefined {
  const [all, open] = [announcements(events), listeners(events)];
  if (all.length < announceTimes || open.some(({ heard }) => heard !== all.length)) return undefined;
  return `both heard each of ${all.length} changes once`;
}

function opened(events: readonly WireEvent[]): string | undefined {
  const retry = retryElsewhere(events);
  return retry?.status === 200 ? `${retry.process} opened what ${retry.sealedBy} had sealed` : undefined;
}
