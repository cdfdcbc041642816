import { expect, test } from 'vitest';
import { lessons } from '../../src/lessons/index.ts';
import { lessonTitles, loadLesson } from '../../src/lessons/titles.ts';
import { isLoaded, outlineOf } from '../../src/playground/model/lesson.ts';

test('the list of lessons names each as it names itself, and loads the very one', async () => {
  expect(lessonTitles.map(({ load: _, ...title }) => title)).toEqual(
    lessons.map(({ id, title, deployment, era }) => ({ id, title, deployment, ...(era && { era }) })),
  );
  for (const lesson of lessons) expect(await loadLesson(lesson.id)).toBe(lesson);
  expect(await loadLesson('none')).toBeUndefined();
});

test('an outline is plain data, and judges nothing', () => {
  for (const lesson of lessons) {
    const outline = outlineOf(lesson);
    expect(JSON.parse(JSON.stringify(outline))).toEqual(outline);
    expect([isLoaded(outline), isLoaded(lesson)]).toEqual([false, true]);
  }
});
