/** The recording of a lesson: the wire log of a real run, as content/recordings holds it. */

import type { WireEvent, wireSchema } from '../../../playground-server/lab/wire.ts';

export interface Recording {
  schema: typeof wireSchema;
  lesson: string;
  /** The day of the run, as `2026-11-22`. */
  recorded: string;
  events: readonly WireEvent[];
}

/** Where the site serves it. */
export function recordingPath(lesson: string): string {
  return `/recordings/${lesson}.json`;
}
