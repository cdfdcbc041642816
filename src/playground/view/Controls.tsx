import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { LabStatus } from '../client/lab-client.ts';
import { canAct, nextLabel } from '../model/acts.ts';
import { RecordedNote } from './RecordedNote.tsx';
import { hasRouter } from './Switches.tsx';
import type { LessonStore } from './store.ts';

/** The one button that goes on with the lesson, and what the reader must know when it cannot. */
export function Controls({ store, ready }: { store: LessonStore; ready: boolean }) {
  const status = store.status.value;
  const recorded = store.recorded.value;
  if (recorded) return <RecordedNote store={store} recorded={recorded} />;
  if (status.kind === 'no-server') return <NoServer store={store} />;
  const { lesson, next, acting } = store;
  const act = next.value;
  const possible = canAct(act, acting.value) && status.kind !== 'starting';
  const begun = store.lab.value !== undefined;
  const done = lesson.value && store.steps.value.every(({ seen }) => seen !== undefined);

  return (
    <div class="controls">
      <p class="acts">
        <button
          type="button"
          class="go"
          disabled={!ready}
          aria-disabled={!possible}
          onClick={() => possible && void store.act(act)}
        >
          {status.kind === 'starting' ? startingWords(store) : nextLabel(act, store.opened.value, acting.value.holder)}
        </button>
        {!begun && (
          <button type="button" class="quiet" disabled={!ready} onClick={() => void store.useOwnClient()}>
            or use your own client
          </button>
        )}
        {done && <span class="done-note">{lesson.value?.done}</span>}
      </p>
      <p class="no-script">
        With JavaScript, this button starts a process for you on the server, opens a session in it, and draws here what
        crosses the wire.
      </p>
      <StatusNote store={store} status={status} />
      <IdleWarning store={store} />
    </div>
  );
}

function startingWords(store: LessonStore): string {
  return hasRouter(store) ? 'Starting the processes …' : 'Starting a process …';
}

function StatusNote({ store, status }: { store: LessonStore; status: LabStatus }) {
  const text = statusText(status) || store.notice.value;
  // Always there, so that a screen reader hears when it changes.
  return (
    <p class="status" role="status">
      {text}
    </p>
  );
}

function statusText(status: LabStatus): string {
  switch (status.kind) {
    case 'refused':
      return status.retryAfterSeconds === undefined
        ? status.message
        : `${status.message} Try again in ${status.retryAfterSeconds} s.`;
    case 'starved':
      return 'Other tabs of this site hold the connections that a browser opens to one site. Close one, and try again.';
    case 'busy':
      return 'All labs are busy. The page tries again by itself.';
    case 'over':
      return 'This lab is over; what it showed stays here. The button starts a new one.';
    case 'running':
      return status.wire === 'retrying' ? 'The connection to the lab was lost. Trying again …' : '';
    default:
      return '';
  }
}

function NoServer({ store }: { store: LessonStore }) {
  return (
    <div class="controls no-server" role="status">
      <p>
        <b>No playground server answers here.</b> This page was served as files alone, so there is no process to open a
        session in.
      </p>
      <p>
        To run it, clone the project, run <code>npm start</code> and open <code>http://localhost:4321</code>.
      </p>
      <p>
        <button type="button" class="act" onClick={() => void store.begin()}>
          Look again
        </button>
      </p>
    </div>
  );
}

function IdleWarning({ store }: { store: LessonStore }) {
  const until = store.idleUntil.value;
  const secondsLeft = useSignal(0);
  useEffect(() => {
    if (until === undefined) return;
    const count = (): void => {
      secondsLeft.value = Math.max(0, Math.round((Date.parse(until) - Date.now()) / 1000));
    };
    count();
    const timer = setInterval(count, 1_000);
    return () => clearInterval(timer);
  }, [until, secondsLeft]);
  if (until === undefined) return null;
  return (
    <p class="idle">
      Nothing has used this lab for a while. It ends in {secondsLeft.value} s.{' '}
      <button type="button" class="act" onClick={() => void store.keep()}>
        Keep it
      </button>
    </p>
  );
}
