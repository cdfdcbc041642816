import { describe, expect, test } from 'vitest';
import together from '../../content/recordings/a-bus-and-a-key.json' with { type: 'json' };
import apart from '../../content/recordings/what-modern-leaves.json' with { type: 'json' };
import type { WireEvent } from '../../playground-server/lab/wire.ts';
import { lessonNamed, lessons } from '../../src/lessons/index.ts';
import { progressOf } from '../../src/playground/model/lesson.ts';

const recorded = {
  'what-modern-leaves': apart.events as unknown as readonly WireEvent[],
  'a-bus-and-a-key': together.events as unknown as readonly WireEvent[],
};

describe.each(Object.entries(recorded))('%s, from the recorded wire', (id, events) => {
  const { steps } = lessonNamed(id);

  test('its steps are done one after another, and none before its time', () => {
    const prefixes = events.map((_, index) => events.slice(0, index + 1));
    const doneAt = steps.map((step) => prefixes.findIndex((before) => step.seen(before) !== undefined));
    expect(doneAt).not.toContain(-1);
    expect(doneAt).toEqual(doneAt.toSorted((a, b) => a - b));
    expect(new Set(doneAt).size).toBe(steps.length);
  });
});

test('what is lost apart is not seen together, nor the other way round', () => {
  const wrong = (id: keyof typeof recorded, other: keyof typeof recorded) =>
    progressOf(lessonNamed(id), recorded[other]).map(({ seen }) => seen !== undefined);
  expect(wrong('what-modern-leaves', 'a-bus-and-a-key')).toEqual([true, true, false, true, false]);
  expect(wrong('a-bus-and-a-key', 'what-modern-leaves')).toEqual([true, true, false, true, false]);
});

test('two streams in one process, and an answer to the process that asked, show nothing', () => {
  const { steps } = lessonNamed('what-modern-leaves');
  const inOne = recorded['what-modern-leaves'].map((event): WireEvent => {
    if (event.body.type === 'process-chosen') return { ...event, body: { ...event.body, process: 'p3' } };
    return event;
  });
  expect([steps[1]?.seen(inOne), steps[4]?.seen(inOne)]).toEqual([undefined, undefined]);
});

test('a lesson that goes on elsewhere names one that there is', () => {
  const onward = lessons.flatMap(({ goesOn }) => (goesOn ? [goesOn.lesson] : []));
  expect(onward).toEqual(['a-bus-and-a-key']);
  for (const id of onward) expect(lessonNamed(id).id).toBe(id);
});
