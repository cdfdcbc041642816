import type { ReadonlySignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { ProcessName } from '../../../playground-server/lab/wire.ts';
import type { CopyWriter } from '../model/copy-as/sent.ts';
import type { Row } from '../model/rows.ts';
import type { FigureTools } from './FigureTools.tsx';
import { figureKeys, type KeyedFigure } from './figure-keys.ts';
import type { FigureState } from './figure-state.ts';
import { Heads } from './Heads.tsx';
import { livesOf } from './lifelines.ts';
import { Sequence } from './Sequence.tsx';

export interface FigureProps {
  state: FigureState;
  /** What is shown: `live`, `recorded`. The dot before it is full while more may come. */
  status: { word: string; live: boolean };
  /** Where a selected exchange opens: under its row, or wherever the page puts it. */
  details: 'in-place' | 'elsewhere';
  /** What can be done with it. Absent: nothing, or not yet. */
  Tools?: typeof FigureTools | undefined;
  /** The arrows of rows up to this event do not travel: they were there before the page looked, or they are too many. Absent: none does. */
  stillTo?: ReadonlySignal<number>;
  /** How many requests there were and how many were lost, when there is more to count than what is drawn. */
  count?: { requests: number; lost: number };
  /** Asks for the death of a process. Absent: nobody here may. */
  onKill?: ((process: ProcessName) => void) | undefined;
  /** Copies the exchange of a row as a program that sends it again, as curl unless said otherwise. Absent: there is nothing to send it to. */
  onCopy?: ((row: Row, writer?: CopyWriter) => void) | undefined;
}

/** The lifelines with their heads, and the sequence under them: one figure, drawn from the wire log. */
export function Figure(props: FigureProps) {
  const { state, details, Tools } = props;
  const figure = useRef<HTMLElement>(null);
  const lifelines = state.lifelines.value;
  const empty = state.empty.value;

  useEffect(() => {
    const fold = (): void => state.setFoldable(true);
    const unfold = (): void => state.setFoldable(false);
    fold();
    window.addEventListener('beforeprint', unfold);
    window.addEventListener('afterprint', fold);
    return () => {
      window.removeEventListener('beforeprint', unfold);
      window.removeEventListener('afterprint', fold);
    };
  }, [state]);

  function onKeyDown(event: KeyboardEvent): void {
    if (figure.current)
      figureKeys(event, { state, figure: figure.current, onCopy: props.onCopy } satisfies KeyedFigure);
  }

  return (
    <figure
      ref={figure}
      class={`lesson-figure ${lifelines.several ? 'several' : 'one'} ${lifelines.store ? 'with-store' : ''} ${details}`}
      aria-label="What crosses the wire"
      tabIndex={-1}
      onKeyDown={onKeyDown}
    >
      {Tools && !empty && (lifelines.several || state.paused.value) && <Tools {...props} />}
      <div class="seq">
        <Heads state={state} onKill={props.onKill} />
        {empty ? <EmptySequence state={state} /> : <Sequence {...props} />}
      </div>
      {!empty && <Caption {...props} />}
    </figure>
  );
}

/** Before anything ran: the lifelines alone. */
function EmptySequence({ state }: { state: FigureState }) {
  return (
    <div class="seq-empty" style={{ '--lives': livesOf(state.lifelines.value) }}>
      <p>Nothing has crossed the wire yet.</p>
    </div>
  );
}

function Caption({ state, status, onCopy }: FigureProps) {
  const several = state.lifelines.value.several;
  return (
    <figcaption>
      {!several && <span class={status.live ? 'live' : 'live off'}>{status.word}</span>}
      <span>
        seen at the {several ? "router's" : "server's"} edge
        <span class="of-drawing">
          ; a bar is an open stream{state.lifelines.value.store && ', a thin line a look into the store'}
        </span>
      </span>
      <span class="keys">
        <kbd>↑</kbd> <kbd>↓</kbd> move, <kbd>Enter</kbd> opens,{' '}
        {onCopy && (
          <>
            <kbd>c</kbd> copies as curl,{' '}
          </>
        )}
        <kbd>p</kbd> pauses, <kbd>s</kbd> steps
      </span>
    </figcaption>
  );
}
