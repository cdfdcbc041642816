/** The acts of the composer: what each is called, when it can be done, and which one a lesson offers next. */

import type { LastingFaults } from '../../../playground-server/lab/faults.ts';
import type { ConnectionMode, ProcessName, WireEvent } from '../../../playground-server/lab/wire.ts';
import type { JsonObject } from '../../../playground-server/transport/json-rpc.ts';
import type { ActName, Era, LessonOutline, StepState } from './lesson.ts';
import type { ProcessBox } from './processes.ts';

/** How often `whoami` is called at a time: a round robin over four processes asks each of them once. */
export const whoamiTimes = 4;

/** How many changes are announced at a time: so that each of four processes has one to tell. */
export const announceTimes = 4;

/** How many sessions `eight` opens, and how often it calls in each: enough to tell always from sometimes. */
export const manySessions = { sessions: 8, calls: 2 };

/** What `count` is called with when the reader did not say: long enough to watch, short enough to wait for. */
export const countArguments = { to: 3, everyMs: 700 };

/** And with what when it is to run on meanwhile: time enough to press one more button. */
export const countOnArguments = { to: 30, everyMs: 500 };

const actLabels: Readonly<Record<ActName, string>> = {
  open: 'Open a session',
  list: 'List the tools',
  count: 'Call count',
  count_on: `Call count to ${countOnArguments.to}`,
  whoami: `Call whoami ${whoamiTimes} times`,
  listen: 'Open the GET stream',
  close: 'Close the GET stream',
  announce: 'Announce a change',
  announce_each: `Announce ${announceTimes} changes`,
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

/**
 * What a client of the modern era listens for here: the lists. The clock would tell of itself all the time, and where
 * processes share a bus, each of them would.
 */
export const listenedFor: JsonObject = { toolsListChanged: true, promptsListChanged: true, resourcesListChanged: true };

/** How many streams a page opens for what no request caused: the modern era knows no limit, and two show what one hears. */
export const mostStreams: Readonly<Record<Era, number>> = { handshake: 1, modern: 2 };

/** The faults of a lesson: more than `count` ever says, and less than a keep-alive takes. */
export const lessonFaults = { bufferBytes: 4096, cutIdleMs: 2000 };

/** What there is no counterpart for without sessions. */
const sessionActs: ReadonlySet<ActName | 'call'> = new Set(['end', 'hang_up', 'resume', 'eight']);

const answers: ReadonlySet<ActName | 'call'> = new Set(['answer', 'decline', 'dismiss']);

export interface ActState {
  era: Era;
  /** This page's own client has a session. */
  hasSession: boolean;
  /** How many streams it has open for what no request caused. */
  listening: number;
  /** A stream broke off before its response, and can be resumed. */
  broken: boolean;
  /** The server asked something, and waits. */
  asked: boolean;
  /** What lasts of the faults that were injected. */
  faults: LastingFaults;
  connection: ConnectionMode;
  /** The process that runs a call whose stream has begun. */
  runner: ProcessName | undefined;
  /** The process that holds the session of this page, or else any session. */
  holder: ProcessName | undefined;
  /** What is being done just now. `call`: a tool, with the reader's own arguments. */
  running: ReadonlySet<ActName | 'call'>;
}

/** Whether the act makes sense now. An act that waits for its answer is not begun twice, but calls may overlap. */
export function canAct(act: ActName | 'call', state: ActState): boolean {
  const { era, listening, running } = state;
  if (era === 'modern' && sessionActs.has(act)) return false;
  const hasSession = state.hasSession || era === 'modern';
  if (act === 'open' || act === 'keep' || act === 'fresh' || act === 'eight') return !running.has(act);
  if (act === 'kill') return victimOf(state) !== undefined && !running.has(act);
  if (answers.has(act)) return state.asked;
  if (!hasSession || running.has('open') || running.has('end')) return false;
  if (act === 'listen') return listening < mostStreams[era];
  if (act === 'close') return listening > 0;
  if (act === 'resume') return state.broken && listening === 0 && !running.has(act);
  return act === 'count' || act === 'call' || !running.has(act);
}

/** The act that the lesson offers next. Where it needs a session and there is none, that is what is offered. */
export function nextAct(lesson: LessonOutline | undefined, steps: readonly StepState[], state: ActState): ActName {
  const step = lesson?.steps[steps.findIndex(({ next }) => next)];
  const act = step?.acts.find((one) => !isInEffect(one, state)) ?? step?.acts.at(-1) ?? 'open';
  const needsNone =
    act === 'eight' || act === 'keep' || act === 'fresh' || (act === 'kill' && victimOf(state) !== undefined);
  return needsNone || state.hasSession || state.era === 'modern' ? act : 'open';
}

function isInEffect(act: ActName, { connection, listening, asked, faults, runner }: ActState): boolean {
  if (act === 'count_on') return runner !== undefined;
  if (act === 'close') return listening === 0;
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
export function nextLabel(act: ActName, opened: boolean, state: Pick<ActState, 'runner' | 'holder' | 'era'>): string {
  if (act === 'open' && opened && state.era === 'handshake') return 'Open another session';
  const victim = victimOf(state);
  return act === 'kill' && victim ? `Kill ${victim}` : labelOf(act, state.era);
}

/** Whose death shows most. */
export function victimOf({ runner, holder }: Pick<ActState, 'runner' | 'holder'>): ProcessName | undefined {
  return runner ?? holder;
}

/** The process that runs a call whose stream has begun and not ended: of several, the latest. */
export function runnerOf(events: readonly WireEvent[]): ProcessName | undefined {
  const posts = new Set<string>();
  const running = new Map<string, ProcessName>();
  for (const { exchange = '', actor, body } of events) {
    if (body.type === 'request-arrived' && body.method === 'POST') posts.add(exchange);
    if (body.type === 'stream-attached' && posts.has(exchange)) running.set(exchange, actor as ProcessName);
    if (body.type === 'response-end') running.delete(exchange);
  }
  return [...running.values()].at(-1);
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
