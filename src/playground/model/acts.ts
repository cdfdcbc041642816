/** The acts of the composer: what each is called, when it can be done, and which one a lesson offers next. */

import type { ActName, Lesson, StepState } from './lesson.ts';

export const actLabels: Readonly<Record<ActName, string>> = {
  open: 'Open a session',
  list: 'List the tools',
  count: 'Call count',
  listen: 'Open the GET stream',
  announce: 'Announce a change',
  end: 'End the session',
};

export interface ActState {
  /** This page's own client has a session. */
  hasSession: boolean;
  listening: boolean;
  /** What is being done just now. */
  running: ReadonlySet<ActName>;
}

/** Whether the act makes sense now. An act that waits for its answer is not begun twice, but calls may overlap. */
export function canAct(act: ActName, { hasSession, listening, running }: ActState): boolean {
  if (act === 'open') return !running.has('open');
  if (!hasSession || running.has('open') || running.has('end')) return false;
  if (act === 'listen') return !listening;
  return act === 'count' || !running.has(act);
}

/** The act that the lesson offers next. Without a session there is nothing to do but to open one. */
export function nextAct(lesson: Lesson, steps: readonly StepState[], { hasSession }: ActState): ActName {
  const next = lesson.steps[steps.findIndex((step) => step.next)]?.act;
  return hasSession && next !== undefined ? next : 'open';
}

/** The words on the one button that goes on with the lesson. */
export function nextLabel(act: ActName, steps: readonly StepState[]): string {
  const opened = steps[0]?.seen !== undefined;
  return act === 'open' && opened ? 'Open another session' : actLabels[act];
}
