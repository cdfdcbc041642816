/** What the reader does: each act sent through the one client of the page, or asked of the lab, and what came of it. */

import { type ReadonlySignal, type Signal, signal } from '@preact/signals';
import type { FaultAccepted } from '../../../playground-server/lab/api.ts';
import type { Fault } from '../../../playground-server/lab/faults.ts';
import type { ConnectionMode, ProcessName } from '../../../playground-server/lab/wire.ts';
import type { JsonObject } from '../../../playground-server/transport/json-rpc.ts';
import type { Outcome } from '../../../playground-server/wire-client/index.ts';
import type { LabHandle } from '../client/api.ts';
import { changeLab, killProcess, LabRefused } from '../client/api.ts';
import type { Act, Reader } from '../client/reader.ts';
import {
  type ActState,
  announceTimes,
  canAct,
  countArguments,
  countOnArguments,
  hangUpArguments,
  lessonFaults,
  manySessions,
  victimOf,
  whoamiTimes,
} from '../model/acts.ts';
import type { ActName } from '../model/lesson.ts';
import type { OpenQuestion } from '../model/questions.ts';

export type Running = ReadonlySet<ActName | 'call'>;

export interface ActingOptions {
  /** The client of the lab that there is now. */
  reader: () => Reader | undefined;
  ensureLab: () => Promise<boolean>;
  wouldStarve: () => Promise<boolean>;
  /** What the server asks now. */
  question: () => OpenQuestion | undefined;
  state: ReadonlySignal<ActState>;
  running: Signal<Running>;
  connection: Signal<ConnectionMode>;
}

const unreachable = 'The lab did not answer.';
const brokeOff = 'The stream ended before the response was on it.';
const starving = 'Other tabs hold the connections that a browser opens to one site. Close one, and try again.';

/** What few readers do is loaded when they do it. */
const faulting = () => import('../client/faults.ts');

export function createActing({ reader, ensureLab, wouldStarve, question, state, running, connection }: ActingOptions) {
  /** What the reader should know now: how an act failed, or that something was copied. */
  const notice = signal('');

  /** Sends what stands in the form of the open question: the form itself knows whether it is complete. */
  const answerForm: { submit: (() => void) | undefined } = { submit: undefined };

  /** Does something once at a time, as far as the act allows. */
  async function during(name: ActName | 'call', job: () => Promise<string>): Promise<void> {
    if (!canAct(name, state.value)) return;
    running.value = new Set(running.value).add(name);
    notice.value = '';
    const own = reader();
    try {
      const words = await job();
      // Of a lab that was left meanwhile, nothing is news.
      if (own === undefined || own === reader()) notice.value = words;
    } finally {
      const now = new Set(running.value);
      now.delete(name);
      running.value = now;
    }
  }

  async function send(act: Act): Promise<string> {
    const outcome = await reader()?.act(act);
    if (outcome?.kind === 'unreachable' && state.value.broken) return brokeOff;
    return outcome ? complaint(outcome) : '';
  }

  /** Asks the lab itself for something. */
  async function ask(request: () => Promise<void>): Promise<string> {
    try {
      await request();
      return '';
    } catch (cause) {
      return cause instanceof LabRefused ? cause.message : unreachable;
    }
  }

  const call = (tool: string, args: JsonObject, name: ActName | 'call' = 'call'): Promise<void> =>
    during(name, () => send({ name: 'call', tool, args }));

  /** One call after another, each as soon as the one before is answered. */
  async function callTimes(tool: 'whoami' | 'announce', times: number): Promise<string> {
    const own = reader();
    let lost = 0;
    for (let sent = 0; sent < times && own === reader(); sent += 1) {
      const outcome = await own?.act({ name: 'call', tool, args: {} });
      if (!outcome || outcome.kind === 'unreachable') return unreachable;
      if ('status' in outcome && outcome.status === 404) lost += 1;
    }
    return lost === 0 ? '' : `${lost} of ${times} calls answered 404: Session not found.`;
  }

  const whoami = (times: number): Promise<void> => during('whoami', () => callTimes('whoami', times));

  /** Session after session, each called as soon as it is open. */
  async function openMany(): Promise<string> {
    const own = reader();
    for (let opened = 0; opened < manySessions.sessions && own === reader(); opened += 1) {
      await own?.act({ name: 'open' });
      for (let sent = 0; sent < manySessions.calls && own === reader(); sent += 1) {
        const outcome = await own?.act({ name: 'call', tool: 'whoami', args: {} });
        if (!outcome || outcome.kind === 'unreachable') return unreachable;
      }
    }
    return '';
  }

  const setConnection = (mode: ConnectionMode): Promise<void> =>
    during(mode === 'kept' ? 'keep' : 'fresh', async () => {
      const lab = reader()?.lab;
      const words = lab ? await ask(() => changeLab(lab, { connection: mode })) : '';
      if (words === '') connection.value = mode;
      return words;
    });

  const kill = (process: ProcessName): Promise<void> =>
    during('kill', async () => {
      const lab = reader()?.lab;
      return lab ? ask(() => killProcess(lab, process)) : '';
    });

  /** Asks the lab for something that no lesson's button does; several may be under way. */
  async function askLab(request: (lab: LabHandle) => Promise<string>): Promise<void> {
    const lab = reader()?.lab;
    if (!lab) return;
    let words = '';
    const failed = await ask(async () => {
      words = await request(lab);
    });
    notice.value = failed || words;
  }

  /** Answers the open question, or says that there will be no answer. */
  function answer(result: JsonObject): void {
    const asked = question();
    if (asked) reader()?.answer(asked.number, result);
  }

  /** The faults of the lessons; the panel offers more. */
  const setFault = (name: ActName, fault: Fault): Promise<void> =>
    during(name, async () => {
      const lab = reader()?.lab;
      return lab ? ask(async () => void (await (await faulting()).injectFault(lab, fault))) : '';
    });

  function act(name: ActName): Promise<void> {
    switch (name) {
      case 'open':
        return during(name, async () => ((await ensureLab()) ? send({ name }) : ''));
      case 'listen':
        return during(name, async () => {
          if (await wouldStarve()) return starving;
          return (await ensureLab()) ? send({ name }) : '';
        });
      case 'list':
      case 'end':
        return during(name, () => send({ name }));
      case 'count':
        return call('count', countArguments, name);
      case 'count_on':
        return call('count', countOnArguments, name);
      case 'announce':
        return call('announce', {}, name);
      case 'announce_each':
        return during(name, () => callTimes('announce', announceTimes));
      case 'hang_up':
        return call('hang_up', hangUpArguments, name);
      case 'resume':
        return during(name, () => send({ name }));
      case 'ask':
        return call('ask', {}, name);
      case 'answer':
        return Promise.resolve(answerForm.submit?.());
      case 'decline':
        return Promise.resolve(answer({ action: 'decline' }));
      case 'dismiss':
        return Promise.resolve(answer({ action: 'cancel' }));
      case 'buffer':
        return setFault(name, { kind: 'buffer', bytes: lessonFaults.bufferBytes });
      case 'unbuffer':
        return setFault(name, { kind: 'buffer', bytes: 0 });
      case 'cut_idle':
        return setFault(name, { kind: 'cut-idle', ms: lessonFaults.cutIdleMs });
      case 'uncut':
        return setFault(name, { kind: 'cut-idle', ms: 0 });
      case 'close':
        return Promise.resolve(reader()?.hangUp());
      case 'eight':
        return during(name, async () => ((await ensureLab()) ? openMany() : ''));
      case 'whoami':
        return whoami(whoamiTimes);
      case 'keep':
        return setConnection('kept');
      case 'fresh':
        return setConnection('fresh');
      case 'kill': {
        const victim = victimOf(state.value);
        return victim === undefined ? Promise.resolve() : kill(victim);
      }
    }
  }

  return {
    notice,
    act,
    answer,
    answerForm,
    call: (tool: string, args: JsonObject) => call(tool, args),
    whoami,
    setConnection,
    kill,
    inject: (fault: Fault, words: (accepted: FaultAccepted) => string) =>
      askLab(async (lab) => words(await (await faulting()).injectFault(lab, fault))),
    emit: (process: ProcessName, notification: string) =>
      askLab(async (lab) => {
        await (await faulting()).emit(lab, process, notification);
        return `${process} emitted ${notification}.`;
      }),
    /** The standalone stream's connection is closed; the session lives. */
    hangUp: () => reader()?.hangUp(),
  };
}

/** What to tell the reader when an act did not go as asked; the figure shows the rest. */
function complaint(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'unreachable':
      return unreachable;
    case 'error':
      return `Answered ${outcome.status}: ${outcome.error.message}`;
    case 'refused':
      return `Answered ${outcome.status}.`;
    case 'no-response':
      return brokeOff;
    default:
      return '';
  }
}
