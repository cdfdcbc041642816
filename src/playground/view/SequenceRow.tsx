import { Component } from 'preact';
import type { SessionMark } from '../model/exchanges.ts';
import type { ArrowRow, Row } from '../model/rows.ts';
import { rowInWords } from '../model/summary.ts';
import { Glyph } from './Glyph.tsx';
import { lifelineOf, lifelines } from './lifelines.ts';

interface Props {
  row: Row;
  selected: boolean;
  /** The one row that Tab reaches. */
  reachable: boolean;
  /** It appears while the reader looks: its arrow travels once. */
  live: boolean;
  onSelect: (id: number) => void;
}

/**
 * One row: a strip of the drawing where there is room, who speaks to whom in words where there is not. A class, because
 * a long sequence must not be drawn anew for each event: a row is, when something about it changed.
 */
export class SequenceRow extends Component<Props> {
  /** It stays what it was when it came: an arrow travels once. */
  readonly #fresh = this.props.live;

  override shouldComponentUpdate({ row, selected, reachable }: Props): boolean {
    return row !== this.props.row || selected !== this.props.selected || reachable !== this.props.reachable;
  }

  override render({ row, selected, reachable, onSelect }: Props) {
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
          <span class="strip" aria-hidden="true">
            <Drawing row={row} />
          </span>
          <span class="words" aria-hidden="true">
            <Words row={row} />
          </span>
        </button>
      </li>
    );
  }
}

/** Height of a row and of the arrow in it, as in diagram.css. */
const arrowY = 22;
const trackGap = 6;

function Drawing({ row }: { row: Row }) {
  const you = lifelineOf('you');
  return (
    <>
      <svg aria-hidden="true">
        {lifelines.map(({ lane, x }) => (
          <line key={lane} class="life" x1={`${x}%`} x2={`${x}%`} y1="0" y2="100%" />
        ))}
        <svg x={`${you}%`} class="tracks" aria-hidden="true">
          {row.tracks.map(({ track, part, own }) => {
            const x = -trackGap * (track + 1);
            const from = part === 'start' || part === 'only' ? arrowY : 0;
            const to = part === 'end' || part === 'only' ? arrowY : '100%';
            return (
              <g key={track}>
                <line class="track" x1={x} x2={x} y1={from} y2={to} />
                {own && <circle class="bead" cx={x} cy={arrowY} r="2.4" />}
              </g>
            );
          })}
        </svg>
        {row.kind !== 'note' && <Arrow row={row} />}
      </svg>
      {row.kind === 'note' ? (
        <span class={`lab remark${row.bad ? ' bad' : ''}`} style={{ left: `calc(${you}% + 10px)` }}>
          {row.text}
        </span>
      ) : (
        <>
          <span class={`lab ${row.kind}${row.bad ? ' bad' : ''}`} style={{ left: `calc(${you}% + 10px)` }}>
            <LabelText row={row} />
          </span>
          {row.mark && (
            <span class={`mark ${row.mark.kind}`} style={{ left: `${lifelineOf(row.to)}%` }}>
              <Mark mark={row.mark} />
            </span>
          )}
        </>
      )}
    </>
  );
}

function Arrow({ row }: { row: ArrowRow }) {
  const from = lifelineOf(row.from);
  const to = lifelineOf(row.to);
  const classes = [row.kind, row.bad && 'bad', row.pending && 'pending', from < to ? 'out' : 'in']
    .filter(Boolean)
    .join(' ');
  return (
    <g class={`flight ${classes}`}>
      <line class="arrow" x1={`${from}%`} x2={`${to}%`} y1={arrowY} y2={arrowY} />
      <svg x={`${to}%`} class="tip" aria-hidden="true">
        <path
          class="head"
          d={from < to ? `M-7.5 ${arrowY - 3.2} 0 ${arrowY}l-7.5 3.2z` : `M7.5 ${arrowY - 3.2} 0 ${arrowY}l7.5 3.2z`}
        />
      </svg>
    </g>
  );
}

function LabelText({ row }: { row: ArrowRow }) {
  const { before, strong, after } = row.label;
  return (
    <>
      {before}
      {strong && <b>{strong}</b>}
      {after}
      {row.agent && <span class="agent"> {row.agent}</span>}
    </>
  );
}

function Mark({ mark }: { mark: SessionMark }) {
  if (mark.kind === 'missing') return <>✕ not here</>;
  return (
    <>
      <Glyph of="session" />
      {mark.kind === 'ended' ? <s>{mark.session}</s> : mark.session}
    </>
  );
}

function Words({ row }: { row: Row }) {
  if (row.kind === 'note') return <span class={row.bad ? 'note bad' : 'note'}>{row.text}</span>;
  const direction = row.from === 'you' ? 'out' : 'in';
  const tone = `${row.kind}${row.bad ? ' bad' : ''}`;
  return (
    <>
      <span class={`${direction} ${tone}`} />
      <span class={tone}>
        <em>
          {row.from} → {row.to}
        </em>
        <LabelText row={row} />
        {row.mark && (
          <span class={`inline ${row.mark.kind}`}>
            <Mark mark={row.mark} />
          </span>
        )}
      </span>
    </>
  );
}
