/**
 * A lesson as data, and how far a reader has come: each step is ticked by what the wire showed, whoever caused it.
 */

import type { DeploymentId } from '../../../playground-server/lab/deployments.ts';
import type { WireEvent } from '../../../playground-server/lab/wire.ts';

/** What the one button of a lesson can do. The composer offers more: every tool, with arguments of the reader's own. */
export type ActName =
  | 'open'
  | 'list'
  | 'count'
  | 'whoami'
  | 'listen'
  | 'announce'
  | 'end'
  /** Connections are kept, or fresh for each request. */
  | 'keep'
  | 'fresh'
  /** Kills the process that holds the session. */
  | 'kill';

export interface LessonStep {
  /** What to do, for the list of steps. Words between backticks are code. */
  text: string;
  /** How the page does it: one after another, without those whose effect is there already. */
  acts: readonly [ActName, ...ActName[]];
  /** What the wire must show: a few words on what was seen, or `undefined` while it was not. */
  seen: (events: readonly WireEvent[]) => string | undefined;
  /** What is seen is a loss. */
  loss?: true;
}

export interface Lesson {
  id: string;
  title: string;
  deployment: DeploymentId;
  steps: readonly LessonStep[];
  /** What a reader has seen who has done every step, in one sentence. */
  done: string;
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
