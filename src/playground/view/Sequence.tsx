import { useEffect, useRef } from 'preact/hooks';
import type { Item } from '../model/groups.ts';
import type { FigureProps } from './Figure.tsx';
import { GroupRow } from './GroupRow.tsx';
import { SelectedExchange } from './SelectedExchange.tsx';
import { SequenceRow } from './SequenceRow.tsx';

/** How close to its end the list must be scrolled to go on following new rows. */
const tailPx = 48;

/** The rows, oldest first. One of them is reached by Tab; arrow keys go on from there. */
export function Sequence({ state, details, replayedTo = 0, onCopy }: FigureProps) {
  const list = useRef<HTMLOListElement>(null);
  const following = useRef(true);
  const items = state.items.value;
  const selectedId = state.selectedId.value;
  const reachable = items.find((item) => item.kind !== 'group' && item.id === selectedId) ?? items.at(-1);

  useEffect(() => {
    // An exchange that is open is being read: what is new waits below.
    if (list.current && following.current && selectedId === undefined)
      list.current.scrollTop = list.current.scrollHeight;
  }, [items]);

  function onScroll(): void {
    const element = list.current;
    if (!element) return;
    following.current = element.scrollHeight - element.scrollTop - element.clientHeight < tailPx;
  }

  return (
    <>
      {state.missing.value > 0 && <p class="seq-missing">{state.missing.value} older events are not kept.</p>}
      {items.length === 0 && <p class="seq-missing">No row is like that. Show all to see the others.</p>}
      <ol ref={list} class="seq-rows" aria-label="Sequence, oldest first" onScroll={onScroll}>
        {items.map((item) =>
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
              live={item.id > replayedTo}
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
