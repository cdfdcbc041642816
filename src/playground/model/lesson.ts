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
  /** Calls `count` for so long that something can happen meanwhile. */
  | 'count_on'
  | 'whoami'
  | 'listen'
  /** Closes the connection of the standalone stream. */
  | 'close'
  | 'announce'
  /** Announces a change in each of four processes. */
  | 'announce_each'
  | 'hang_up'
  /** Comes back for the stream that broke off. */
  | 'resume'
  | 'ask'
  /** Answers what the server asks: with the form, or by saying that there will be no answer. */
  | 'answer'
  | 'decline'
  | 'dismiss'
  /** Opens eight sessions, and calls `whoami` in each. */
  | 'eight'
  | 'end'
  /** Connections are kept, or fresh for each request. */
  | 'keep'
  | 'fresh'
  /** Kills the process that runs a call, or else the one that holds the session. */
  | 'kill'
  /** The router holds answers back, as a proxy that buffers; or cuts what is quiet. And each taken back. */
  | 'buffer'
  | 'unbuffer'
  | 'cut_idle'
  | 'uncut';

export interface StepOutline {
  /** What to do, for the list of steps. Words between backticks are code. */
  text: string;
  /** How the page does it: one after another, without those whose effect is there already. */
  acts: readonly [ActName, ...ActName[]];
  /** What is seen is a loss. */
  loss?: true;
}

export interface LessonStep extends StepOutline {
  /** What the wire must show: a few words on what was seen, or `undefined` while it was not. */
  seen: (events: readonly WireEvent[]) => string | undefined;
}

/** What a list of lessons says of one. */
export interface LessonTitle {
  id: string;
  title: string;
  deployment: DeploymentId;
  /** Which era the page's client speaks in it. Absent: the handshake era. */
  era?: 'modern';
}

/** Which era the page's own client speaks. Every server here speaks both. */
export type Era = 'handshake' | 'modern';

/** A lesson as a page shows it before it can judge anything: plain data, rendered at build time. */
export interface LessonOutline extends LessonTitle {
  steps: readonly StepOutline[];
  /** What a reader has seen who has done every step, in one sentence. */
  done: string;
  /** The lesson that does the same elsewhere, and what its button says: a lesson is one deployment. */
  goesOn?: { lesson: string; label: string };
}

export interface Lesson extends LessonOutline {
  steps: readonly LessonStep[];
  /** What happens depends on chance, such as the hash of a random id: no two runs are alike. */
  byChance?: true;
}

/** The part of a lesson that a page is rendered with. */
export function outlineOf({ id, title, deployment, era, steps, done, goesOn }: Lesson): LessonOutline {
  const outlines = steps.map(({ seen: _, ...outline }) => outline);
  return { id, title, deployment, ...(era && { era }), done, ...(goesOn && { goesOn }), steps: outlines };
}

/** Whether what judges the steps has been loaded. */
export function isLoaded(lesson: LessonOutline): lesson is Lesson {
  return lesson.steps.every((step) => 'seen' in step);
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
  lesson: LessonOutline,
  events: readonly WireEvent[],
  before: readonly StepState[] = [],
): readonly StepState[] {
  const judges = isLoaded(lesson) ? lesson.steps : [];
  const seen = lesson.steps.map((_, index) => judges[index]?.seen(events) ?? before[index]?.seen);
  const next = seen.indexOf(undefined);
  return seen.map((words, index) => ({ seen: words, next: index === next }));
}
