import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { wireSchema } from '../../playground-server/lab/wire.ts';
import { lessons } from '../../src/lessons/index.ts';
import type { Lesson } from '../../src/playground/model/lesson.ts';
import { progressOf } from '../../src/playground/model/lesson.ts';
import type { Recording } from '../../src/playground/model/recording.ts';
import { type RunningServer, startServer } from '../setup/server.ts';
import { runLesson } from './headless.ts';
import { normalised } from './normalised.ts';

/** `RECORD=1` writes the recordings anew, at a pace that can be watched, instead of comparing with them. */
const record = process.env.RECORD === '1';
const watchablePaceMs = 900;

let server: RunningServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const fileOf = ({ id }: Lesson): URL => new URL(`../../content/recordings/${id}.json`, import.meta.url);

async function write(lesson: Lesson, events: Recording['events']): Promise<void> {
  const { id } = lesson;
  const head = JSON.stringify({ schema: wireSchema, lesson: id, recorded: new Date().toISOString().slice(0, 10) });
  // One event a line: a difference can be read.
  const lines = events.map((event) => JSON.stringify(event)).join(',\n');
  await writeFile(fileOf(lesson), `${head.slice(0, -1)},"events":[\n${lines}\n]}\n`);
}

describe.each(lessons)('$id', (lesson) => {
  // Recording is no test: without RECORD it is not there, so that nothing counts as skipped.
  if (record) {
    test('is recorded', async () => {
      const { events, steps } = await runLesson(server.origin, lesson, watchablePaceMs);
      expect(steps.map(({ seen }) => seen)).not.toContain(undefined);
      await write(lesson, events);
    });
    return;
  }

  test('a run against a real lab ticks every step, and is the committed recording over again', async () => {
    const run = await runLesson(server.origin, lesson);
    expect(run.steps.map(({ seen }) => seen)).not.toContain(undefined);
    const recording = JSON.parse(await readFile(fileOf(lesson), 'utf8')) as Recording;
    expect(recording).toMatchObject({ schema: wireSchema, lesson: lesson.id });
    if (!lesson.byChance) expect(normalised(run.events)).toEqual(normalised(recording.events));
  });

  test('the recording ticks every step by itself', async () => {
    const { events } = JSON.parse(await readFile(fileOf(lesson), 'utf8')) as Recording;
    expect(progressOf(lesson, events).map(({ seen }) => seen)).not.toContain(undefined);
  });
});
