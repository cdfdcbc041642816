/** What the reader does: each act sent through the one client of the page, or asked of the lab, and what came of it. */

import { type ReadonlySignal, type Signal, signal } from '@preact/signals';
import type { ConnectionMode, ProcessName } from '../../../playground-server/lab/wire.ts';
import type { JsonObject } from '../../../playground-server/transport/json-rpc.ts';
import type { Outcome } from '../../../playground-server/wire-client/index.ts';
import { changeLab, killProcess, LabRefused } from '../client/api.ts';
import type { Act, Reader } from '../client/reader.ts';
import { type ActState, canAct, countArguments, whoamiTimes } from '../model/acts.ts';
import type { ActName } from '../model/lesson.ts';

export type Running = ReadonlySet<ActName | 'call'>;

export interface ActingOptions {
  /** The client of the lab that there is now. */
  reader: () => Reader | undefined;
  ensureLab: () => Promise<boolean>;
  wouldStarve: () => Promise<boolean>;
  state: ReadonlySignal<ActState>;
  running: Signal<Running>;
  connection: Signal<ConnectionMode>;
}

const unreachable = 'The lab did not answer. The connection may have been lost.';
const starving = 'Other tabs hold the connections that this browser opens to one site. Close one of them first.';

export function createActing({ reader, ensureLab, wouldStarve, state, running, connection }: ActingOptions) {
  /** What the reader should know now: how an act failed, or that something was copied. */
  const notice = signal('');

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

  /** One after another, each as soon as the one before is answered. */
  const whoami = (times: number): Promise<void> =>
    during('whoami', async () => {
      const own = reader();
      let lost = 0;
      for (let sent = 0; sent < times && own === reader(); sent += 1) {
        const outcome = await own?.act({ name: 'call', tool: 'whoami', args: {} });
        if (!outcome || outcome.kind === 'unreachable') return unreachable;
        if ('status' in outcome && outcome.status === 404) lost += 1;
      }
      return lost === 0 ? '' : `${lost} of ${times} calls answered 404: Session not found.`;
    });

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

  function act(name: ActName): Promise<void> {
    switch (name) {
      case 'open':
        return during(name, async () => ((await ensureLab()) ? send({ name }) : ''));
      case 'listen':
        return during(name, async () => ((await wouldStarve()) ? starving : send({ name })));
      case 'list':
      case 'end':
        return during(name, () => send({ name }));
      case 'count':
        return call('count', countArguments, name);
      case 'announce':
        return call('announce', {}, name);
      case 'whoami':
        return whoami(whoamiTimes);
      case 'keep':
        return setConnection('kept');
      case 'fresh':
        return setConnection('fresh');
      case 'kill':
        return state.value.holder === undefined ? Promise.resolve() : kill(state.value.holder);
    }
  }

  return {
    notice,
    act,
    call: (tool: string, args: JsonObject) => call(tool, args),
    whoami,
    setConnection,
    kill,
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
      return 'The stream ended before the response was on it.';
    default:
      return '';
  }
}
