import { filterFromText, filterToText } from '../model/filter.ts';
import { countOutcomes } from '../model/outcome.ts';
import type { Row } from '../model/rows.ts';
import type { FigureProps } from './Figure.tsx';

/** What a reader can do with a figure, and how many requests it shows. */
export function FigureTools({ state, status, count }: FigureProps) {
  const paused = state.paused.value;
  const waiting = state.waiting.value;
  const canStep = paused && waiting > 0;
  return (
    <div class="fig-tools">
      <span class={status.live && !paused ? 'live' : 'live off'} role="status">
        {paused ? 'paused' : status.word}
      </span>
      <span class="bar">
        <button type="button" class="act" onClick={state.pauseOrGoOn}>
          {paused ? 'Go on' : 'Pause'}
        </button>
        <button type="button" class="act" aria-disabled={!canStep} onClick={() => canStep && state.step()}>
          Step
        </button>
        <Show state={state} />
        <Fold state={state} />
        {state.lifelines.value.store && (
          <button
            type="button"
            class="act"
            aria-pressed={state.storeCalls.value}
            onClick={() => {
              state.storeCalls.value = !state.storeCalls.value;
            }}
          >
            Every store call
          </button>
        )}
      </span>
      <span class="waits">{paused && (waiting === 1 ? '1 event waits' : `${waiting} events wait`)}</span>
      <Count state={state} count={count} />
    </div>
  );
}

/** Offered where something repeats. */
function Fold({ state }: Pick<FigureProps, 'state'>) {
  const { folding, items } = state;
  if (folding.value && !items.value.some(({ kind }) => kind === 'group')) return null;
  return (
    <button
      type="button"
      class="act"
      aria-pressed={folding.value}
      onClick={() => {
        folding.value = !folding.value;
      }}
    >
      Fold repeats
    </button>
  );
}

function Show({ state }: Pick<FigureProps, 'state'>) {
  return (
    <label class="show">
      Show{' '}
      <select
        value={filterToText(state.filter.value)}
        onChange={({ currentTarget }) => {
          state.filter.value = filterFromText(currentTarget.value);
        }}
      >
        <option value="all">all</option>
        <option value="failures">only failures</option>
        {state.sessions.value.map((session) => (
          <option key={session} value={`session ${session}`}>
            session {session}
          </option>
        ))}
        {state.lifelines.value.several &&
          state.lifelines.value.processes.map((name) => (
            <option key={name} value={`process ${name}`}>
              process {name}
            </option>
          ))}
      </select>
    </label>
  );
}

function countedIn(rows: readonly Row[]): NonNullable<FigureProps['count']> {
  const { answered, lost, refused, open } = countOutcomes(rows);
  return { requests: answered + lost + refused + open, lost };
}

function Count({ state, count }: { state: FigureProps['state']; count: FigureProps['count'] }) {
  const { requests, lost } = count ?? countedIn(state.rows.value);
  return (
    <span class="count">
      {requests} {requests === 1 ? 'request' : 'requests'}
      {lost > 0 && (
        <>
          , <b class="bad">{lost} lost</b>
        </>
      )}
    </span>
  );
}
