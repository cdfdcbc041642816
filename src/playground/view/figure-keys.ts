/** The keys of a figure. They are heard only while the focus is in it, and never taken from a field or a button. */

import type { Row } from '../model/rows.ts';
import type { FigureState } from './figure-state.ts';

export interface KeyedFigure {
  state: FigureState;
  figure: HTMLElement;
  onCopy?: ((row: Row) => void) | undefined;
}

/** Does what the key stands for, if it stands for something here. */
export function figureKeys(event: KeyboardEvent, keyed: KeyedFigure): void {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  const target = event.target as HTMLElement;
  if (target.closest('input, select, textarea, [contenteditable]')) return;
  const action = figureAction(event.key, target, keyed) ?? rowAction(event.key, target, keyed);
  if (!action) return;
  event.preventDefault();
  action();
}

/** Space is the pause of every player, but on a button it presses the button: there, `p` is left. */
function figureAction(key: string, target: HTMLElement, { state, figure }: KeyedFigure): (() => void) | undefined {
  if (key === 'p' || (key === ' ' && target === figure)) return state.pauseOrGoOn;
  return key === 's' && state.paused.value ? state.step : undefined;
}

function rowAction(key: string, target: HTMLElement, { state, figure, onCopy }: KeyedFigure): (() => void) | undefined {
  if (key === 'Escape' && state.selectedId.value !== undefined) return () => close(state, figure);
  const items = [...figure.querySelectorAll<HTMLElement>('[data-row]')];
  const index = items.indexOf(target);
  if (index < 0) return undefined;
  const go = (to: number) => () => goTo(state, items[Math.min(items.length - 1, Math.max(0, to))]);
  switch (key) {
    case 'ArrowDown':
      return go(index + 1);
    case 'ArrowUp':
      return go(index - 1);
    case 'Home':
      return go(0);
    case 'End':
      return go(items.length - 1);
    case 'c': {
      const row = state.rows.value.find(({ id }) => String(id) === target.dataset.row);
      return row && onCopy && (() => onCopy(row));
    }
    default:
      return undefined;
  }
}

/** Moves the focus to another row, and the open detail with it. */
function goTo(state: FigureState, item: HTMLElement | undefined): void {
  const id = Number(item?.dataset.row);
  if (state.selectedId.value !== undefined && Number.isInteger(id)) state.selectedId.value = id;
  item?.focus();
}

/** Closes the detail, and gives the focus back to the row that it was opened from. */
export function close(state: FigureState, figure: ParentNode): void {
  const id = state.selectedId.value;
  state.selectedId.value = undefined;
  figure.querySelector<HTMLElement>(`[data-row="${id}"]`)?.focus();
}
