import { Component, type ComponentChildren } from 'preact';
import { type Row, same } from '../model/rows.ts';
import { rowInWords } from '../model/summary.ts';
import { Drawing } from './Drawing.tsx';
import type { Lifelines } from './lifelines.ts';

interface Props {
  row: Row;
  lifelines: Lifelines;
  selected: boolean;
  /** The one row that Tab reaches. */
  reachable: boolean;
  /** It appears while the reader looks: its arrow travels once. */
  live: boolean;
  onSelect: (id: number) => void;
  /** The exchange that the row belongs to, when it is shown under it. */
  children?: ComponentChildren;
}

/**
 * One row, as a button that opens its exchange. A class, because a long sequence must not be drawn anew for each event: a
 * row is, when something about it changed.
 */
export class SequenceRow extends Component<Props> {
  /** It stays what it was when it came: an arrow travels once. */
  readonly #fresh = this.props.live;

  override shouldComponentUpdate({ row, lifelines, selected, reachable, children }: Props): boolean {
    const now = this.props;
    if (lifelines !== now.lifelines || children !== now.children) return true;
    return selected !== now.selected || reachable !== now.reachable || !same(row, now.row);
  }

  override render({ row, lifelines, selected, reachable, onSelect, children }: Props) {
    const classes = [selected && 'sel', this.#fresh && 'new'].filter(Boolean).join(' ');
    return (
      <li class={classes}>
        <button
          type="button"
          class="seq-row"
          data-row={row.id}
          aria-expanded={selected}
          tabIndex={reachable ? 0 : -1}
          onClick={() => onSelect(row.id)}
        >
          <span class="sr-only">{`${row.atMs} ms, ${rowInWords(row)}`}</span>
          <span class="at" aria-hidden="true">
            {row.atMs}
          </span>
          <Drawing row={row} lifelines={lifelines} />
        </button>
        {children}
      </li>
    );
  }
}
