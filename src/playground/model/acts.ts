/** The acts of the composer: what each is called, when it can be done, and which one a lesson offers next. */

import type { LastingFaults } from '../../../playground-server/lab/faults.ts';
import type { ConnectionMode, ProcessName } from '../../../playground-server/lab/wire.ts';
import type { ActName, Era, LessonOutline, StepState } from './lesson.ts';
import type { ProcessBox } from './processes.ts';

/** How often `whoami` is called at a time: a round robin over four processes asks each of them once. */
export const whoamiTimes = 4;

/** How many sessions `eight` opens, and how often it calls in each: enough to tell always from sometimes. */
export const manySessions = { sessions: 8, calls: 2 };

/** What `count` is called with when the reader did not say: long enough to watch, short enough to wait for. */
export const countArguments = { to: 3, everyMs: 700 };

const actLabels: Readonly<Record<ActName, string>> = {
  open: 'Open a session',
  list: 'List the tools',
  count: 'Call count',
  whoami: `Call whoami ${whoamiTimes} times`,
  listen: 'Open the GET stream',
  close: 'Close the GET stream',
  announce: 'Announce a change',
  hang_up: 'Call hang_up',
  resume: 'Resume with Last-Event-ID',
  eight: 'Open 8 sessions, and call each',
  end: 'End the session',
  keep: 'Keep the connection',
  fresh: 'Use fresh connections',
  kill: 'Kill a process',
  ask: 'Call ask',
  answer: 'Answer',
  decline: 'Decline',
  dismiss: 'Close the question',
  buffer: 'Hold answers back',
  unbuffer: 'Take the buffer back',
  cut_idle: 'Cut what is quiet',
  uncut: 'Take the cut back',
};

/** What `hang_up` is called with: two events before it hangs up, two after. */
export const hangUpArguments = { afterEvents: 2 };

/** The faults of a lesson: more than `count` ever says, and less than a keep-alive takes. */
export const lessonFaults = { bufferBytes: 4096, cutIdleMs: 2000 };

/** What there is no counterpart for without sessions. */
const sessionActs: ReadonlySet<ActName | 'call'> = new Set(['end', 'hang_up', 'resume', 'eight']);

const answers: ReadonlySet<ActName | 'call'> = new Set(['answer', 'decline', 'dismiss']);

export interface ActState {
  era: Era;
  /** This page's own client has a session. */
  hasSession: boolean;
  listening: boolean;
  /** A stream broke off before its response, and can be resumed. */
  broken: boolean;
  /** The server asked something, and waits. */
  asked: boolean;
  /** What lasts of the faults that were injected. */
  faults: LastingFaults;
  connection: ConnectionMode;
  /** The process that holds the session of this page, or else any session. */
  holder: ProcessName | undefined;
  /** What is being done just now. `call`: a tool, with the reader's own arguments. */
  running: ReadonlySet<ActName | 'call'>;
}

/** Whether the act makes sense now. An act that waits for its answer is not begun twice, but calls may overlap. */
export function canAct(act: ActName | 'call', state: ActState): boolean {
  const { era, listening, holder, running } = state;
  if (era === 'modern' && sessionActs.has(act)) return false;
  const hasSession = state.hasSession || era === 'modern';
  if (act === 'open' || act === 'keep' || act === 'fresh' || act === 'eight') return !running.has(act);
  if (act === 'kill') return holder !== undefined && !running.has(act);
  if (answers.has(act)) return state.asked;
  if (!hasSession || running.has('open') || running.has('end')) return false;
  if (act === 'listen') return !listening;
  if (act === 'close') return listening;
  if (act === 'resume') return state.broken && !listening && !running.has(act);
  return act === 'count' || act === 'call' || !running.has(act);
}

/** The act that the lesson offers next. Where it needs a session and there is none, that is what is offered. */
export function nextAct(lesson: LessonOutline | undefined, steps: readonly StepState[], state: ActState): ActName {
  const step = lesson?.steps[steps.findIndex(({ next }) => next)];
  const act = step?.acts.find((one) => !isInEffect(one, state)) ?? step?.acts.at(-1) ?? 'open';
  const needsNone =
    act === 'eight' || act === 'keep' || act === 'fresh' || (act === 'kill' && state.holder !== undefined);
  return needsNone || state.hasSession || state.era === 'modern' ? act : 'open';
}

function isInEffect(act: ActName, { connection, listening, asked, faults }: ActState): boolean {
  if (act === 'close') return !listening;
  if (act === 'ask') return asked;
  if (act === 'buffer' || act === 'unbuffer') return faults.bufferBytes > 0 === (act === 'buffer');
  if (act === 'cut_idle' || act === 'uncut') return faults.cutIdleMs > 0 === (act === 'cut_idle');
  return (act === 'keep' && connection === 'kept') || (act === 'fresh' && connection === 'fresh');
}

/** What an act is called. The modern era opens nothing: what comes first there is a question. */
export function labelOf(act: ActName, era: Era): string {
  if (era === 'handshake') return actLabels[act];
  if (act === 'open') return 'Ask server/discover';
  if (act === 'listen') return 'Listen for changes';
  return act === 'close' ? 'Stop listening' : actLabels[act];
}

/** The words on the one button that goes on with the lesson. */
export function nextLabel(act: ActName, opened: boolean, { holder, era }: Pick<ActState, 'holder' | 'era'>): string {
  if (act === 'open' && opened && era === 'handshake') return 'Open another session';
  return act === 'kill' && holder ? `Kill ${holder}` : labelOf(act, era);
}

/** The process that holds this session, or else the first that holds any; without sessions, any. @param session masked */
export function holderOf(
  boxes: readonly ProcessBox[],
  session: string | undefined,
  era: Era = 'handshake',
): ProcessName | undefined {
  const alive = boxes.filter((box) => box.alive);
  if (era === 'modern') return alive[0]?.name;
  const own = alive.find(({ sessions }) => sessions.some(({ id }) => id === session));
  return (own ?? alive.find(({ sessions }) => sessions.length > 0))?.name;
}
