import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Item } from '../model/groups.ts';
import { drawnFrom, drawnRows } from './drawn-rows.ts';
import type { FigureProps } from './Figure.tsx';
import { GroupRow } from './GroupRow.tsx';
import { livesOf } from './lifelines.ts';
import { SelectedExchange } from './SelectedExchange.tsx';
import { SequenceRow } from './SequenceRow.tsx';

/** How close to its end the list must be scrolled to go on following new rows. */
const tailPx = 48;
/** How close to the first row that is drawn a reader must scroll to be given older ones. */
const olderPx = 200;

/** The rows, oldest first. One of them is reached by Tab; arrow keys go on from there. */
export function Sequence({ state, details, stillTo, onCopy }: FigureProps) {
  const list = useRef<HTMLOListElement>(null);
  const following = useRef(true);
  const items = state.items.value;
  const selectedId = state.selectedId.value;
  const still = stillTo?.value ?? Number.POSITIVE_INFINITY;
  const firstId = useRef(0);
  /** How far from its end the list was scrolled when older rows were asked for: what is read stays in its place. */
  const asked = useRef<number>();
  const [, drawAgain] = useState(0);
  // An exchange that is open is being read: what is new waits below, and nothing leaves above.
  const follows = following.current && selectedId === undefined;
  const place = { firstId: firstId.current, following: follows, selected: selectedId };
  const from = state.whole.value ? 0 : drawnFrom(items, place);
  const drawn = from === 0 ? items : items.slice(from);
  firstId.current = drawn[0]?.id ?? 0;
  const reachable = items.find((item) => item.kind !== 'group' && item.id === selectedId) ?? items.at(-1);

  useLayoutEffect(() => {
    if (list.current && asked.current !== undefined) list.current.scrollTop = list.current.scrollHeight - asked.current;
    asked.current = undefined;
  });

  // With the rows, not after them: a second layout for each batch otherwise.
  useLayoutEffect(() => {
    if (list.current && follows) list.current.scrollTop = list.current.scrollHeight;
  }, [items]);

  function onScroll(): void {
    const element = list.current;
    if (!element) return;
    following.current = element.scrollHeight - element.scrollTop - element.clientHeight < tailPx;
    if (!following.current && from > 0 && element.scrollTop < olderPx) drawOlder();
  }

  function drawOlder(): void {
    firstId.current = items[Math.max(0, from - drawnRows)]?.id ?? 0;
    following.current = false;
    asked.current = (list.current?.scrollHeight ?? 0) - (list.current?.scrollTop ?? 0);
    drawAgain((times) => times + 1);
  }

  return (
    <>
      {state.missing.value > 0 && <p class="seq-missing">{state.missing.value} older events are not kept.</p>}
      {items.length === 0 && <p class="seq-missing">No row is like that. Show all to see the others.</p>}
      {from > 0 && (
        <p class="seq-missing">
          {from} older rows are not drawn.{' '}
          <button type="button" class="act" onClick={drawOlder}>
            Draw {Math.min(from, drawnRows)} more
          </button>
        </p>
      )}
      <ol
        ref={list}
        class="seq-rows"
        aria-label="Sequence, oldest first"
        style={{ '--lives': livesOf(state.lifelines.value) }}
        onScroll={onScroll}
      >
        {drawn.map((item) =>
          item.kind === 'group' ? (
            <GroupRow
              key={keyOf(item)}
              group={item}
              lifelines={state.lifelines.value}
              reachable={item === reachable}
              onToggle={state.toggleGroup}
            />
          ) : (
            <SequenceRow
              key={keyOf(item)}
              row={item}
              lifelines={state.lifelines.value}
              selected={item.id === selectedId}
              reachable={item === reachable}
              live={item.id > still}
              onSelect={state.toggle}
            >
              {details === 'in-place' && item.id === selectedId && <SelectedExchange state={state} onCopy={onCopy} />}
            </SequenceRow>
          ),
        )}
      </ol>
    </>
  );
}

/** A group and its first row share an id. */
function keyOf(item: Item): string {
  return item.kind === 'group' ? `group ${item.id}` : String(item.id);
}
