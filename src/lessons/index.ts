/** The lessons, by the name that pages use. */

import type { Lesson } from '../playground/model/lesson.ts';
import { watchOneSession } from './watch-one-session.ts';

const lessons = { [watchOneSession.id]: watchOneSession } as Readonly<Record<string, Lesson>>;

/** @throws when there is no such lesson, so that a page cannot be built around a missing one */
export function lessonNamed(id: string): Lesson {
  const lesson = lessons[id];
  if (!lesson) throw new Error(`There is no lesson "${id}". There is: ${Object.keys(lessons).join(', ')}`);
  return lesson;
}
