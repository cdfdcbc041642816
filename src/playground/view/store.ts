/**
 * The state of a playground on the page, as signals. What it means is decided by the model, what is sent by the client;
 * this only brings the two together.
 */

import { batch, computed, signal } from '@preact/signals';
import type { DeploymentsAnswer } from '../../../playground-server/lab/api.ts';
import type { ConnectionMode } from '../../../playground-server/lab/wire.ts';
import { maskSessionId } from '../../../playground-server/transport/trace.ts';
import { lessons } from '../../lessons/index.ts';
import { findServer, type LabHandle } from '../client/api.ts';
import { LabClient, type LabStatus } from '../client/lab-client.ts';
import { Reader, type ReaderState } from '../client/reader.ts';
import { type ActState, holderOf, nextAct } from '../model/acts.ts';
import type { Choice } from '../model/address.ts';
import { curlOf } from '../model/curl.ts';
import { gatherExchanges } from '../model/exchanges.ts';
import { progressOf, type StepState } from '../model/lesson.ts';
import type { Row } from '../model/rows.ts';
import { bySessionMask } from '../model/session-mask.ts';
import { createActing, type Running } from './acting.ts';
import { copyText } from './copy.ts';
import { createFigureState } from './figure-state.ts';
import { createRecordedState } from './recorded-state.ts';
import { createWireState } from './wire-state.ts';

export type LessonStore = ReturnType<typeof createLessonStore>;

const retryWhenBusyMs = 3_000;

/** @param first what is chosen at the beginning: a page may offer to choose something else */
export function createLessonStore(first: Choice) {
  const lesson = signal(first.lesson);
  const deployment = signal(first.deployment);
  const status = signal<LabStatus>({ kind: 'looking' });
  const server = signal<DeploymentsAnswer | undefined>(undefined);
  const lab = signal<LabHandle | undefined>(undefined);
  const reader = signal<ReaderState>({ session: undefined, listening: false });
  const running = signal<Running>(new Set());
  const ownClientOpen = signal(false);
  const wire = createWireState();
  wire.connection.value = first.connection;
  const figure = createFigureState(wire.log, () => deployment.value);
  const clear = (replay: boolean): void => {
    batch(() => {
      wire.clear(replay);
      figure.reset();
    });
  };
  const { recorded, ...recording } = createRecordedState({ onBegin: () => clear(false), onEvents: wire.enqueue });

  let kept: { lesson: typeof lesson.value; steps: readonly StepState[] } = { lesson: undefined, steps: [] };
  const steps = computed(() => {
    const { lastId, events } = wire.log.value;
    const before = lastId === 0 || kept.lesson !== lesson.value ? [] : kept.steps;
    const now = lesson.value ? progressOf(lesson.value, events, before) : [];
    kept = { lesson: lesson.value, steps: now };
    return now;
  });
  const acting = computed<ActState>(() => ({
    hasSession: reader.value.session !== undefined,
    listening: reader.value.listening,
    connection: wire.connection.value,
    holder: holderOf(wire.boxes.value, reader.value.session && maskSessionId(reader.value.session.id)),
    running: running.value,
  }));
  const next = computed(() => nextAct(lesson.value, steps.value, acting.value));
  /** A session was opened in what is shown, by whomever. */
  const opened = computed(() => wire.log.value.events.some(({ body }) => body.type === 'session-created'));

  let mine: Reader | undefined;
  let retry: ReturnType<typeof setTimeout> | undefined;
  const client = new LabClient({
    onStatus: (now) => {
      batch(() => {
        status.value = now;
        if (now.kind === 'over') leaveLab();
        if (now.kind === 'no-server' || now.kind === 'busy') playInstead(now);
      });
    },
    onServer: (answer) => {
      server.value = answer;
      if (!recorded.value) return;
      recording.stop();
      clear(false);
    },
    onLab: (handle, stored) => {
      recording.stop();
      batch(() => {
        lab.value = handle;
        clear(stored !== undefined);
        doing.notice.value = '';
      });
      leaveLab();
      const own: Reader = new Reader({
        lab: handle,
        stored,
        isKept: () => wire.connection.value === 'kept',
        isAlone: () => wire.boxes.value.length === 1,
        onState: (state) => {
          if (!mine || mine === own) reader.value = state;
        },
      });
      mine = own;
    },
    onEvents: wire.enqueue,
    onKept: () => {
      wire.idleUntil.value = undefined;
    },
    onLeave: () => mine?.hangUp(),
    streams: () => (reader.value.listening ? 1 : 0),
  });

  /** Nothing more is sent to the lab that there was, and nothing of it is this page's any more. */
  function leaveLab(): void {
    mine?.dispose();
    mine = undefined;
    reader.value = { session: undefined, listening: false };
  }

  /** Without a lab the recording is shown; when all were busy, a lab is asked for again. */
  function playInstead(now: Extract<LabStatus, { kind: 'no-server' | 'busy' }>): void {
    leaveLab();
    lab.value = undefined;
    if (recorded.value?.why !== now.kind) playRecording(now.kind);
    clearTimeout(retry);
    if (now.kind === 'busy') retry = setTimeout(() => void tryAgain(), retryWhenBusyMs);
  }

  function playRecording(why: 'no-server' | 'busy'): void {
    const shown = lesson.value ?? lessons.find((known) => known.deployment === deployment.value);
    if (shown) void recording.play(shown.id, why);
  }

  /** Asks whether there is room before it asks for a lab: an address may ask for so many a minute. */
  async function tryAgain(): Promise<void> {
    const labs = document.visibilityState === 'visible' ? (await findServer())?.labs : undefined;
    if (labs && labs.running < labs.max) return doing.act('open');
    retry = setTimeout(() => void tryAgain(), retryWhenBusyMs);
  }

  let begun: Promise<void> | undefined;
  function begin(): Promise<void> {
    begun = client.begin(deployment.value);
    return begun;
  }

  /** Makes sure that there is a lab. */
  async function ensureLab(): Promise<boolean> {
    await begun;
    if (mine && status.value.kind === 'running') return true;
    return start();
  }

  async function start(): Promise<boolean> {
    const wanted = { deployment: deployment.value, connection: wire.connection.value };
    return (await client.start(wanted)) !== undefined;
  }

  const doing = createActing({
    reader: () => mine,
    ensureLab,
    wouldStarve: () => client.wouldStarve(),
    state: acting,
    running,
    connection: wire.connection,
  });

  /** Takes up another choice. Another deployment is another lab, in place of the one there is. */
  async function choose(choice: Choice): Promise<void> {
    const isOther = choice.deployment !== deployment.value;
    batch(() => {
      lesson.value = choice.lesson;
      deployment.value = choice.deployment;
    });
    if (isOther) {
      wire.connection.value = choice.connection;
      if (mine) await start();
    } else if (choice.connection !== wire.connection.value) await doing.setConnection(choice.connection);
  }

  return {
    ...wire,
    ...doing,
    figure,
    lesson,
    deployment,
    status,
    server,
    lab,
    reader,
    recorded,
    steps,
    acting,
    next,
    opened,
    ownClientOpen,
    begin,
    choose,
    chooseConnection: (connection: ConnectionMode) => doing.setConnection(connection),
    /** Starts a lab without a session, and shows its address. */
    useOwnClient: async () => {
      if (await ensureLab()) ownClientOpen.value = true;
    },
    keep: () => client.keep(),
    skipRecording: recording.skip,
    /** Plays the recording from its beginning again. */
    replay: () => recorded.value && playRecording(recorded.value.why),
    /** Puts the exchange of this row on the clipboard, as a curl command with the reader's own session id. */
    copyAsCurl: async (row: Row) => {
      const exchange = row.kind === 'note' ? undefined : gatherExchanges(wire.log.value.events).get(row.exchange);
      if (!exchange || !lab.value) return;
      const command = curlOf(exchange, { endpoint: lab.value.endpoint, sessions: bySessionMask(mine?.opened ?? []) });
      doing.notice.value = (await copyText(command)) ? 'Copied as curl.' : 'This browser does not let a page copy.';
    },
    dispose: () => {
      clearTimeout(retry);
      recording.stop();
      client.dispose();
      mine?.dispose();
    },
  };
}
