/**
 * A lesson as data, and how far a reader has come: each step is ticked by what the wire showed, whoever caused it.
 */

import type { DeploymentId } from '../../../playground-server/lab/deployments.ts';
import type { WireEvent } from '../../../playground-server/lab/wire.ts';

/** What the composer can do. */
export type ActName = 'open' | 'list' | 'count' | 'listen' | 'announce' | 'end';

export interface LessonStep {
  /** What to do, for the list of steps. Words between backticks are code. */
  text: string;
  act: ActName;
  /** What the wire must show: a few words on what was seen, or `undefined` while it was not. */
  seen: (events: readonly WireEvent[]) => string | undefined;
}

export interface Lesson {
  id: string;
  title: string;
  deployment: DeploymentId;
  steps: readonly LessonStep[];
}

export interface StepState {
  /** What the wire showed, or `undefined`: not done. */
  seen: string | undefined;
  /** The first step that is not done. */
  next: boolean;
}

/**
 * The state of each step.
 * @param before the states so far: what was once seen stays seen, although its events may have left the log
 */
export function progressOf(
  lesson: Lesson,
  events: readonly WireEvent[],
  before: readonly StepState[] = [],
): readonly StepState[] {
  const seen = lesson.steps.map((step, index) => step.seen(events) ?? before[index]?.seen);
  const next = seen.indexOf(undefined);
  return seen.map((words, index) => ({ seen: words, next: index === next }));
}
