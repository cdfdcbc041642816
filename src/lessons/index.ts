/** The lessons, whole: for what runs in Node. A page lists them with titles.ts. */

import type { Lesson } from '../playground/model/lesson.ts';
import { aBusAndAKey } from './a-bus-and-a-key.ts';
import { aProxyInTheWay } from './a-proxy-in-the-way.ts';
import { forkAndWatchItBreak } from './fork-and-watch-it-break.ts';
import { loseTheConnection } from './lose-the-connection.ts';
import { noSessionAtAll } from './no-session-at-all.ts';
import { shareTheState } from './share-the-state.ts';
import { stickyThenKill } from './sticky-then-kill.ts';
import { theHashTrap } from './the-hash-trap.ts';
import { theOtherStream } from './the-other-stream.ts';
import { theServerAsksBack } from './the-server-asks-back.ts';
import { watchOneSession } from './watch-one-session.ts';
import { whatModernLeaves } from './what-modern-leaves.ts';

/** In the order in which they are offered. */
export const lessons: readonly Lesson[] = [
  watchOneSession,
  theOtherStream,
  loseTheConnection,
  theServerAsksBack,
  forkAndWatchItBreak,
  theHashTrap,
  stickyThenKill,
  shareTheState,
  noSessionAtAll,
  whatModernLeaves,
  aBusAndAKey,
  aProxyInTheWay,
];

/** @throws when there is no such lesson, so that a page cannot be built around a missing one */
export function lessonNamed(id: string): Lesson {
  const lesson = lessons.find((known) => known.id === id);
  if (!lesson) throw new Error(`There is no lesson "${id}". There is: ${lessons.map((known) => known.id).join(', ')}`);
  return lesson;
}
