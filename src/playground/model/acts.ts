/** The acts of the composer: what each is called, when it can be done, and which one a lesson offers next. */

import type { ConnectionMode, ProcessName } from '../../../playground-server/lab/wire.ts';
import type { ActName, Lesson, StepState } from './lesson.ts';
import type { ProcessBox } from './processes.ts';

/** How often `whoami` is called at a time: a round robin over four processes asks each of them once. */
export const whoamiTimes = 4;

/** What `count` is called with when the reader did not say: long enough to watch, short enough to wait for. */
export const countArguments = { to: 3, everyMs: 700 };

export const actLabels: Readonly<Record<ActName, string>> = {
  open: 'Open a session',
  list: 'List the tools',
  count: 'Call count',
  whoami: `Call whoami ${whoamiTimes} times`,
  listen: 'Open the GET stream',
  announce: 'Announce a change',
  end: 'End the session',
  keep: 'Keep the connection',
  fresh: 'Use fresh connections',
  kill: 'Kill a process',
};

export interface ActState {
  /** This page's own client has a session. */
  hasSession: boolean;
  listening: boolean;
  connection: ConnectionMode;
  /** The process that holds the session of this page, or else any session. */
  holder: ProcessName | undefined;
  /** What is being done just now. `call`: a tool, with the reader's own arguments. */
  running: ReadonlySet<ActName | 'call'>;
}

/** Whether the act makes sense now. An act that waits for its answer is not begun twice, but calls may overlap. */
export function canAct(act: ActName | 'call', state: ActState): boolean {
  const { hasSession, listening, holder, running } = state;
  if (act === 'open' || act === 'keep' || act === 'fresh') return !running.has(act);
  if (act === 'kill') return holder !== undefined && !running.has(act);
  if (!hasSession || running.has('open') || running.has('end')) return false;
  if (act === 'listen') return !listening;
  return act === 'count' || act === 'call' || !running.has(act);
}

/** The act that the lesson offers next. Where it needs a session and there is none, that is what is offered. */
export function nextAct(lesson: Lesson | undefined, steps: readonly StepState[], state: ActState): ActName {
  const step = lesson?.steps[steps.findIndex(({ next }) => next)];
  const act = step?.acts.find((one) => !isInEffect(one, state)) ?? step?.acts.at(-1) ?? 'open';
  const needsNone = act === 'keep' || act === 'fresh' || (act === 'kill' && state.holder !== undefined);
  return needsNone || state.hasSession ? act : 'open';
}

function isInEffect(act: ActName, { connection }: ActState): boolean {
  return (act === 'keep' && connection === 'kept') || (act === 'fresh' && connection === 'fresh');
}

/** The words on the one button that goes on with the lesson. */
export function nextLabel(act: ActName, opened: boolean, holder?: ProcessName): string {
  if (act === 'open' && opened) return 'Open another session';
  return act === 'kill' && holder ? `Kill ${holder}` : actLabels[act];
}

/** The process that holds this session, or else the first that holds any. @param session masked */
export function holderOf(boxes: readonly ProcessBox[], session: string | undefined): ProcessName | undefined {
  const alive = boxes.filter((box) => box.alive);
  const own = alive.find(({ sessions }) => sessions.some(({ id }) => id === session));
  return (own ?? alive.find(({ sessions }) => sessions.length > 0))?.name;
}
