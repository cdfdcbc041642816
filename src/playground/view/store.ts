/**
 * The state of one lesson on the page, as signals. What it means is decided by the model, what is sent by the client;
 * this only brings the two together.
 */

import { batch, computed, signal } from '@preact/signals';
import type { WireEvent } from '../../../playground-server/lab/wire.ts';
import type { Outcome } from '../../../playground-server/wire-client/index.ts';
import type { LabHandle } from '../client/api.ts';
import { LabClient, type LabStatus } from '../client/lab-client.ts';
import { type Act, Reader, type ReaderState } from '../client/reader.ts';
import { type ActState, canAct, nextAct } from '../model/acts.ts';
import { curlOf } from '../model/curl.ts';
import { detailOf } from '../model/detail.ts';
import { gatherExchanges } from '../model/exchanges.ts';
import { explain } from '../model/explain.ts';
import { layout } from '../model/layout.ts';
import { type ActName, type Lesson, progressOf, type StepState } from '../model/lesson.ts';
import { processesAfter } from '../model/processes.ts';
import { keepUnchanged, type Row } from '../model/rows.ts';
import { bySessionMask } from '../model/session-mask.ts';
import { append, emptyLog, type WireLog } from '../model/wire-log.ts';
import { copyText } from './copy.ts';

export type LessonStore = ReturnType<typeof createLessonStore>;

export function createLessonStore(lesson: Lesson) {
  const status = signal<LabStatus>({ kind: 'looking' });
  const lab = signal<LabHandle | undefined>(undefined);
  const log = signal<WireLog>(emptyLog);
  const reader = signal<ReaderState>({ session: undefined, listening: false });
  const running = signal<ReadonlySet<ActName>>(new Set());
  const selectedId = signal<number | undefined>(undefined);
  /** What the reader should know now: how an act failed, or that something was copied. */
  const notice = signal('');
  /** When the idle lab ends, unless someone uses it. */
  const idleUntil = signal<string | undefined>(undefined);
  /** Rows up to this event were there before the page looked: they do not travel. */
  const replayedTo = signal(0);
  const ownClientOpen = signal(false);

  let keptRows: readonly Row[] = [];
  const rows = computed(() => {
    keptRows = keepUnchanged(keptRows, layout(log.value.events));
    return keptRows;
  });
  const boxes = computed(() => processesAfter(log.value.before, log.value.events));
  let keptSteps: readonly StepState[] = [];
  const steps = computed(() => {
    keptSteps = progressOf(lesson, log.value.events, log.value.lastId === 0 ? [] : keptSteps);
    return keptSteps;
  });
  const selected = computed(() => rows.value.find(({ id }) => id === selectedId.value));
  const detail = computed(() => selected.value && detailOf(log.value.events, selected.value));
  const explanation = computed(() => selected.value && explain(selected.value, detail.value?.exchange));
  const acting = computed<ActState>(() => ({
    hasSession: reader.value.session !== undefined,
    listening: reader.value.listening,
    running: running.value,
  }));
  const next = computed(() => nextAct(lesson, steps.value, acting.value));

  let mine: Reader | undefined;
  let replaying = false;
  const client = new LabClient(lesson.deployment, {
    onStatus: (now) => {
      batch(() => {
        status.value = now;
        if (now.kind === 'over') leaveLab();
      });
    },
    onLab: (handle, stored) => {
      replaying = stored !== undefined;
      batch(() => {
        lab.value = handle;
        log.value = emptyLog;
        selectedId.value = undefined;
        idleUntil.value = undefined;
        replayedTo.value = 0;
        notice.value = '';
      });
      leaveLab();
      const own: Reader = new Reader(handle, stored, (state) => {
        if (!mine || mine === own) reader.value = state;
      });
      mine = own;
    },
    onEvents: (events) => enqueue(events),
    onKept: () => {
      idleUntil.value = undefined;
    },
  });

  /** Nothing more is sent to the lab that there was, and nothing of it is this page's any more. */
  function leaveLab(): void {
    mine?.dispose();
    mine = undefined;
    reader.value = { session: undefined, listening: false };
  }

  // Events arrive in bursts; the figure is drawn once per frame.
  let queue: WireEvent[] = [];
  let scheduled = false;
  function enqueue(events: WireEvent[]): void {
    queue.push(...events);
    if (scheduled) return;
    scheduled = true;
    if (document.visibilityState === 'visible') requestAnimationFrame(flush);
    else setTimeout(flush, 100);
  }
  function flush(): void {
    scheduled = false;
    const events = queue;
    queue = [];
    batch(() => {
      log.value = append(log.value, events);
      if (replaying) replayedTo.value = log.value.lastId;
      replaying = false;
      for (const { body } of events) {
        if (body.type === 'lab-idle') idleUntil.value = body.endsAt;
        else if (body.type === 'request-arrived' || body.type === 'lab-ended') idleUntil.value = undefined;
      }
    });
  }

  let begun: Promise<void> | undefined;
  function begin(): Promise<void> {
    begun = client.begin();
    return begun;
  }

  /** Makes sure that there is a lab. */
  async function ensureLab(): Promise<boolean> {
    await begun;
    if (mine && status.value.kind === 'running') return true;
    if (status.value.kind === 'no-server') return false;
    return (await client.start()) !== undefined;
  }

  async function act(what: Act): Promise<void> {
    if (!canAct(what.name, acting.value)) return;
    setRunning(what.name, true);
    notice.value = '';
    try {
      if (what.name === 'open' && !(await ensureLab())) return;
      const own = mine;
      const outcome = await own?.act(what);
      if (outcome && own === mine) notice.value = complaint(outcome);
    } finally {
      setRunning(what.name, false);
    }
  }

  function setRunning(name: ActName, on: boolean): void {
    const now = new Set(running.value);
    if (on) now.add(name);
    else now.delete(name);
    running.value = now;
  }

  return {
    lesson,
    status,
    lab,
    log,
    reader,
    rows,
    boxes,
    steps,
    selectedId,
    selected,
    detail,
    explanation,
    acting,
    next,
    notice,
    idleUntil,
    replayedTo,
    ownClientOpen,
    begin,
    act,
    /** Starts a lab without a session, and shows its address. */
    useOwnClient: async () => {
      if (await ensureLab()) ownClientOpen.value = true;
    },
    toggle: (id: number) => {
      selectedId.value = selectedId.value === id ? undefined : id;
    },
    /** Closes the detail, and gives the focus back to the row that it was opened from. */
    close: () => {
      const id = selectedId.value;
      selectedId.value = undefined;
      document.querySelector<HTMLButtonElement>(`[data-row="${id}"]`)?.focus();
    },
    /** The standalone stream's connection is closed; the session lives. */
    hangUp: () => mine?.hangUp(),
    keep: () => client.keep(),
    /** Puts the exchange of this row on the clipboard, as a curl command with the reader's own session id. */
    copyAsCurl: async (row: Row) => {
      const exchange = row.kind === 'note' ? undefined : gatherExchanges(log.value.events).get(row.exchange);
      if (!exchange || !lab.value) return;
      const command = curlOf(exchange, { endpoint: lab.value.endpoint, sessions: bySessionMask(mine?.opened ?? []) });
      notice.value = (await copyText(command)) ? 'Copied as curl.' : 'This browser does not let a page copy.';
    },
    dispose: () => {
      client.dispose();
      mine?.dispose();
    },
  };
}

/** What to tell the reader when an act did not go as asked; the figure shows the rest. */
function complaint(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'unreachable':
      return 'The lab did not answer. The connection may have been lost.';
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
