import { useEffect, useRef } from 'preact/hooks';
import { Glyph } from './Glyph.tsx';
import { lifelineOf, lifelines } from './lifelines.ts';
import { ProcessHead } from './ProcessHead.tsx';
import { SequenceRow } from './SequenceRow.tsx';
import type { LessonStore } from './store.ts';

/** The lifelines with their heads, and the sequence under them: one figure, drawn from the wire log. */
export function Figure({ store }: { store: LessonStore }) {
  const rows = store.rows.value;
  return (
    <figure class="lesson-figure" aria-label="What crosses the wire">
      <div class="seq">
        <div class="heads">
          <span class="ms" aria-hidden="true">
            ms
          </span>
          <div class="strip">
            <div class="lane client" style={{ left: `${lifelineOf('you')}%` }}>
              <Glyph of="client" />
              <b>you</b>
            </div>
            <div class="lane process" style={{ '--x': `${lifelineOf('p1')}%` }}>
              <ProcessHead name="p1" box={store.boxes.value.find(({ name }) => name === 'p1')} />
            </div>
          </div>
        </div>
        {rows.length === 0 ? <EmptySequence /> : <Sequence store={store} />}
      </div>
      <Caption store={store} />
    </figure>
  );
}

/** Before anything ran: the lifelines alone. */
function EmptySequence() {
  return (
    <div class="seq-empty">
      <svg aria-hidden="true">
        {lifelines.map(({ lane, x }) => (
          <line key={lane} class="life" x1={`${x}%`} x2={`${x}%`} y1="0" y2="100%" />
        ))}
      </svg>
      <p>Nothing has crossed the wire yet.</p>
    </div>
  );
}

/** How close to its end the list must be scrolled to go on following new rows. */
const tailPx = 48;

function Sequence({ store }: { store: LessonStore }) {
  const list = useRef<HTMLOListElement>(null);
  const following = useRef(true);
  const rows = store.rows.value;
  const selectedId = store.selectedId.value;
  const reachableId = rows.some(({ id }) => id === selectedId) ? selectedId : rows.at(-1)?.id;

  useEffect(() => {
    if (list.current && following.current) list.current.scrollTop = list.current.scrollHeight;
  }, [rows]);

  /** Moves the focus to another row, and the open detail with it. */
  function go(to: number): void {
    const row = rows[Math.min(rows.length - 1, Math.max(0, to))];
    if (!row) return;
    if (selectedId !== undefined) store.selectedId.value = row.id;
    list.current?.querySelector<HTMLButtonElement>(`[data-row="${row.id}"]`)?.focus();
  }

  function onKeyDown(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const focused = Number((event.target as HTMLElement).dataset.row);
    const index = rows.findIndex(({ id }) => id === focused);
    const row = rows[index];
    if (!row) return;
    const keys: Record<string, () => void> = {
      ArrowDown: () => go(index + 1),
      ArrowUp: () => go(index - 1),
      Home: () => go(0),
      End: () => go(rows.length - 1),
      Escape: () => {
        store.selectedId.value = undefined;
      },
      c: () => void store.copyAsCurl(row),
    };
    const action = keys[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  }

  function onScroll(): void {
    const element = list.current;
    if (!element) return;
    following.current = element.scrollHeight - element.scrollTop - element.clientHeight < tailPx;
  }

  return (
    <>
      {store.log.value.missing > 0 && <p class="seq-missing">{store.log.value.missing} older events are not kept.</p>}
      <ol ref={list} class="seq-rows" aria-label="Sequence, oldest first" onKeyDown={onKeyDown} onScroll={onScroll}>
        {rows.map((row) => (
          <SequenceRow
            key={row.id}
            row={row}
            selected={row.id === selectedId}
            reachable={row.id === reachableId}
            live={row.id > store.replayedTo.value}
            onSelect={store.toggle}
          />
        ))}
      </ol>
    </>
  );
}

function Caption({ store }: { store: LessonStore }) {
  const status = store.status.value;
  if (store.rows.value.length === 0) return null;
  const live = status.kind === 'running' && status.wire !== 'retrying';
  const word = live ? 'live' : status.kind === 'running' ? 'reconnecting' : 'ended';
  return (
    <figcaption>
      <span class={live ? 'live' : 'live off'}>{word}</span>
      <span>
        seen at the server's edge<span class="of-drawing">; a bar is an open stream</span>
      </span>
      <span class="keys">
        <kbd>↑</kbd> <kbd>↓</kbd> move, <kbd>Enter</kbd> opens, <kbd>c</kbd> copies as curl
      </span>
    </figcaption>
  );
}
