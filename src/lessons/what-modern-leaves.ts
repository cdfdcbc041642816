/** Lesson 10: four processes of the modern era, and the two things that they do not do for one another. */

import type { WireEvent } from '../../playground-server/lab/wire.ts';
import { announceTimes } from '../playground/model/acts.ts';
import type { Lesson } from '../playground/model/lesson.ts';
import { announcements, listeners, retryElsewhere, sealed } from './listening.ts';

export const whatModernLeaves: Lesson = {
  id: 'what-modern-leaves',
  title: 'What the modern era still leaves',
  deployment: 'forked',
  era: 'modern',
  steps: [
    { text: 'Listen for changes: one of four processes has your stream', acts: ['listen'], seen: listening },
    { text: 'Listen once more: another process has that one', acts: ['listen'], seen: listeningElsewhere },
    { text: 'Announce four changes, one in each process', acts: ['announce_each'], seen: missed, loss: true },
    { text: 'Call `ask`: the answer is a question, with a sealed `requestState`', acts: ['ask'], seen: asked },
    { text: 'Answer: the same call once more, to the next process', acts: ['answer'], seen: refused, loss: true },
  ],
  done: 'Done: every request was served where it came. What one process announced, or sealed, was lost on the others.',
  goesOn: { lesson: 'a-bus-and-a-key', label: 'The same with a bus and one key' },
};

/** The first stream. */
export function listening(events: readonly WireEvent[]): string | undefined {
  const [first] = listeners(events);
  return first && `a stream in ${first.process}`;
}

/** A second one, in another process. */
export function listeningElsewhere(events: readonly WireEvent[]): string | undefined {
  const [first, ...others] = listeners(events);
  const other = others.find(({ process }) => process !== first?.process);
  return other && `the other in ${other.process}`;
}

/** The process that asks back. */
export function asked(events: readonly WireEvent[]): string | undefined {
  const [first] = sealed(events);
  return first && `${first.process} asked, and keeps nothing`;
}

function missed(events: readonly WireEvent[]): string | undefined {
  const [all, open] = [announcements(events), listeners(events)];
  if (all.length < announceTimes || open.some(({ heard }) => heard === all.length)) return undefined;
  return `${all.length} announced; heard in ${open.map(({ process, heard }) => `${process}: ${heard}`).join(', in ')}`;
}

function refused(events: readonly WireEvent[]): string | undefined {
  const retry = retryElsewhere(events);
  return retry?.status === 400
    ? `400 from ${retry.process}, which cannot open what ${retry.sealedBy} sealed`
    : undefined;
}
