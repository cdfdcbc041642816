/** The recordings in content/recordings, as text and read. */

import type { Recording } from '../playground/model/recording.ts';

const files = import.meta.glob<string>('../../content/recordings/*.json', {
  query: '?raw',
  import: 'default',
  eager: true,
});

/** By the id of the lesson. */
const texts = new Map(
  Object.entries(files).map(([path, text]) => [path.slice(path.lastIndexOf('/') + 1, -'.json'.length), text]),
);

/** @throws when there is none, so that no page is built without it */
export function recordingText(lesson: string): string {
  const text = texts.get(lesson);
  if (text === undefined) throw new Error(`There is no content/recordings/${lesson}.json: record it.`);
  return text;
}

export function recordingOf(lesson: string): Recording {
  return JSON.parse(recordingText(lesson)) as Recording;
}
