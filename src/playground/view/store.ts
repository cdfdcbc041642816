/**
 * The state of a playground on the page, as signals. What it means is decided by the model, what is sent by the client;
 * this only brings the two together.
 */

import { batch, computed, signal } from '@preact/signals';
import type { DeploymentsAnswer } from '../../../playground-server/lab/api.ts';
import type { ConnectionMode } from '../../../playground-server/lab/wire.ts';
import { maskSessionId } from '../../../playground-server/transport/trace.ts';
import { lessonTitles, loadLesson } from '../../lessons/titles.ts';
import { findServer, type LabHandle } from '../client/api.ts';
import { LabClient, type LabStatus } from '../client/lab-client.ts';
import type { Reader, ReaderState } from '../client/reader.ts';
import { type ActState, holderOf, nextAct, runnerOf } from '../model/acts.ts';
import type { Choice } from '../model/address.ts';
import type { CopyContext, CopyWriter } from '../model/copy-as/sent.ts';
import { type Exchange, gatherExchanges } from '../model/exchanges.ts';
import { faultsAfter } from '../model/faults-seen.ts';
import { isLoaded, type LessonOutline, progressOf, type StepState } from '../model/lesson.ts';
import type { Row } from '../model/rows.ts';
import { bySessionMask } from '../model/session-mask.ts';
import { createActing, type Running } from './acting.ts';
import { copyText } from './copy.ts';
import { createFigureState } from './figure-state.ts';
import { createRecordedState } from './recorded-state.ts';
import { steady } from './steady.ts';
import { createWireState } from './wire-state.ts';

export type LessonStore = ReturnType<typeof createLessonStore>;

const retryWhenBusyMs = 3_000;
const noSession: ReaderState = { session: undefined, listening: 0, broken: false, question: undefined };

/**
 * @param first what is chosen at the beginning: a page may offer to choose something else
 * @param outline the lesson that the page was rendered with, if it was
 */
export function createLessonStore(first: Choice, outline?: LessonOutline) {
  const lesson = signal(outline);
  const deployment = signal(first.deployment);
  const era = signal(first.era);
  const status = signal<LabStatus>({ kind: 'looking' });
  const server = signal<DeploymentsAnswer | undefined>(undefined);
  const lab = signal<LabHandle | undefined>(undefined);
  const reader = signal<ReaderState>(noSession);
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

  let kept: { lesson: string | undefined; steps: readonly StepState[] } = { lesson: undefined, steps: [] };
  const steps = steady(() => {
    const { lastId, events } = wire.log.value;
    const before = lastId === 0 || kept.lesson !== lesson.value?.id ? [] : kept.steps;
    const now = lesson.value ? progressOf(lesson.value, events, before) : [];
    kept = { lesson: lesson.value?.id, steps: now };
    return now;
  });
  const acting = steady<ActState>(() => ({
    era: era.value,
    hasSession: reader.value.session !== undefined,
    listening: reader.value.listening,
    broken: reader.value.broken,
    asked: reader.value.question !== undefined,
    faults: faultsAfter(wire.log.value.events),
    connection: wire.connection.value,
    runner: runnerOf(wire.log.value.events),
    holder: holderOf(wire.boxes.value, reader.value.session && maskSessionId(reader.value.session.id), era.value),
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
    onLab: async (handle, stored) => {
      // Who has no lab sends nothing.
      const { Reader: LabReader } = await import('../client/reader.ts');
      recording.stop();
      batch(() => {
        lab.value = handle;
        clear(stored !== undefined);
        doing.notice.value = '';
      });
      leaveLab();
      const own: Reader = new LabReader({
        lab: handle,
        stored,
        era: () => era.value,
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
    streams: () => reader.value.listening,
  });

  /** Nothing more is sent to the lab that there was, and nothing of it is this page's any more. */
  function leaveLab(): void {
    mine?.dispose();
    mine = undefined;
    reader.value = noSession;
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
    const shown = lesson.value ?? lessonTitles.find((known) => known.deployment === deployment.value);
    if (shown) void recording.play(shown.id, why);
  }

  /** Asks whether there is room before it asks for a lab: an address may ask for so many a minute. */
  async function tryAgain(): Promise<void> {
    const labs = document.visibilityState === 'visible' ? (await findServer())?.labs : undefined;
    if (labs && labs.running < labs.max) return doing.act('open');
    retry = setTimeout(() => void tryAgain(), retryWhenBusyMs);
  }

  /** What judges the steps comes after the page, and in time for the first of them. */
  async function loadJudges(): Promise<void> {
    const shown = lesson.value;
    if (!shown || isLoaded(shown)) return;
    const loaded = await loadLesson(shown.id);
    if (loaded && lesson.value === shown) lesson.value = loaded;
  }

  let begun: Promise<void> | undefined;
  /** @param chosen what the address says is taken up: which lab is gone on with depends on it */
  function begin(chosen: Promise<void> = Promise.resolve()): Promise<void> {
    begun = chosen.then(() => {
      void loadJudges();
      // Needed when the server is gone, and to be had only while it is there.
      import('./without-lab.ts').catch(() => undefined);
      return client.begin(deployment.value);
    });
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
    question: () => reader.value.question,
    state: acting,
    running,
    connection: wire.connection,
  });

  let choices = 0;
  /** Takes up another choice. Another deployment is another lab, in place of the one there is. */
  async function choose(choice: Choice): Promise<void> {
    const isOther = choice.deployment !== deployment.value;
    const isSame = choice.lesson?.id === lesson.value?.id;
    const turn = ++choices;
    const chosen = isSame ? lesson.value : choice.lesson && (await loadLesson(choice.lesson.id));
    // Another choice was made while this one's lesson was on its way.
    if (turn !== choices) return;
    batch(() => {
      lesson.value = chosen;
      deployment.value = choice.deployment;
      era.value = choice.era;
      // What the lab before showed ticks no step of this one.
      if (isOther && mine) clear(false);
    });
    if (isOther) {
      wire.connection.value = choice.connection;
      if (mine) await start();
    } else if (choice.connection !== wire.connection.value) await doing.setConnection(choice.connection);
  }

  /** Takes up the lesson that this one goes on with, in a lab of its own. */
  async function goOn(): Promise<void> {
    const title = lessonTitles.find(({ id }) => id === lesson.value?.goesOn?.lesson);
    if (!title) return;
    await choose({ lesson: title, deployment: title.deployment, era: title.era ?? 'handshake', connection: 'fresh' });
  }

  const copyContext = ({ endpoint }: LabHandle): CopyContext => ({
    endpoint,
    sessions: bySessionMask(mine?.opened ?? []),
  });

  return {
    ...wire,
    ...doing,
    figure,
    lesson,
    deployment,
    era,
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
    goOn,
    chooseConnection: (connection: ConnectionMode) => doing.setConnection(connection),
    /** Starts a lab without a session, and shows its address. */
    useOwnClient: async () => {
      if (await ensureLab()) ownClientOpen.value = true;
    },
    keep: () => client.keep(),
    /** The log as a file. What the page has is JSON; the other formats are the server's. */
    exportAs: async (format: 'json' | 'har' | 'md') => {
      const { download, exportedLog, exportFromServer } = await import('../client/export.ts');
      if (format === 'json') return download(exportedLog(wire.log.value, deployment.value), 'wire-log.json');
      try {
        if (lab.value) download(await exportFromServer(lab.value, format), `wire-log.${format}`);
      } catch {
        doing.notice.value = 'The lab is over, and its log with it. What is shown here can be exported as JSON.';
      }
    },
    skipRecording: recording.skip,
    /** Plays the recording from its beginning again. */
    replay: () => recorded.value && playRecording(recorded.value.why),
    /** An observed request for sending it again, with the ids of this page's own sessions. */
    sentAgain: <Sent>(exchange: Exchange, write: (exchange: Exchange, context: CopyContext) => Sent) =>
      lab.value && write(exchange, copyContext(lab.value)),
    /** Puts the exchange of this row on the clipboard, as a program that sends it with the reader's own session id. */
    copyAs: async (row: Row, writer?: CopyWriter) => {
      const exchange = row.kind === 'note' ? undefined : gatherExchanges(wire.log.value.events).get(row.exchange);
      if (!exchange || !lab.value) return;
      const { title, write } = writer ?? (await import('../model/curl.ts')).curlWriter;
      const copied = await copyText(write(exchange, copyContext(lab.value)));
      doing.notice.value = copied ? `Copied as ${title}.` : 'This browser does not let a page copy.';
    },
    dispose: () => {
      clearTimeout(retry);
      recording.stop();
      client.dispose();
      mine?.dispose();
    },
  };
}
