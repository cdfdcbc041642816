/** The lessons, by the name that pages use. */

import type { Lesson } from '../playground/model/lesson.ts';
import { forkAndWatchItBreak } from './fork-and-watch-it-break.ts';
import { watchOneSession } from './watch-one-session.ts';

/** In the order in which they are offered. */
export const lessons: readonly Lesson[] = [watchOneSession, forkAndWatchItBreak];

/** @throws when there is no such lesson, so that a page cannot be built around a missing one */
export function lessonNamed(id: string): Lesson {
  const lesson = lessons.find((known) => known.id === id);
  if (!lesson) throw new Error(`There is no lesson "${id}". There is: ${lessons.map((known) => known.id).join(', ')}`);
  return lesson;
}
