import type { LabStatus } from '../client/lab-client.ts';
import { canAct, nextLabel } from '../model/acts.ts';
import { AskedQuestion } from './AskedQuestion.tsx';
import { hasRouter } from './Switches.tsx';
import type { LessonStore } from './store.ts';
import { useLoaded } from './use-loaded.ts';

/** The one button that goes on with the lesson, and what the reader must know when it cannot. */
export function Controls({ store, ready }: { store: LessonStore; ready: boolean }) {
  const status = store.status.value;
  const recorded = store.recorded.value;
  const idle = useLoaded(store.idleUntil.value !== undefined, () => import('./IdleWarning.tsx'));
  const without = useLoaded(recorded !== undefined || status.kind === 'no-server', () => import('./without-lab.ts'));
  if (recorded) return without ? <without.RecordedNote store={store} recorded={recorded} /> : null;
  if (status.kind === 'no-server') return without ? <without.NoServer store={store} /> : null;
  const { lesson, next, acting } = store;
  const act = next.value;
  const begun = store.lab.value !== undefined;
  const done = lesson.value && store.steps.value.every(({ seen }) => seen !== undefined);
  const goesOn = done ? lesson.value?.goesOn : undefined;
  const possible = (goesOn !== undefined || canAct(act, acting.value)) && status.kind !== 'starting';

  return (
    <div class="controls">
      <p class="acts">
        <button
          type="button"
          class="go"
          disabled={!ready}
          aria-disabled={!possible}
          onClick={() => possible && void (goesOn ? store.goOn() : store.act(act))}
        >
          {status.kind === 'starting'
            ? startingWords(store)
            : (goesOn?.label ?? nextLabel(act, store.opened.value, acting.value))}
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
      <AskedQuestion store={store} />
      <StatusNote store={store} status={status} />
      {idle && <idle.IdleWarning store={store} />}
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
