import type { ArrowRow, NoteRow, Row } from '../model/rows.ts';
import { Lives } from './Lives.tsx';
import { LabelText, MarkText } from './labels.tsx';
import type { Lifelines } from './lifelines.ts';

/** Height of a row and of the arrow in it, as in sequence.css. */
const arrowY = 22;
const trackGap = 6;

interface Props<AnyRow extends Row> {
  row: AnyRow;
  lifelines: Lifelines;
}

/** The strip of the figure that one row is: the lifelines, and what passes between them. */
export function Drawing({ row, lifelines }: Props<Row>) {
  const you = lifelines.at('you');
  return (
    <>
      <svg aria-hidden="true">
        <Lives lifelines={lifelines} down={row.down} />
        {row.tracks.length > 0 && <Tracks row={row} lifelines={lifelines} />}
        {row.kind === 'note' ? (
          <Sign row={row} lifelines={lifelines} />
        ) : (
          <>
            {row.looked !== undefined && lifelines.store && <Look row={row} lifelines={lifelines} />}
            <Arrow row={row} lifelines={lifelines} />
            {row.kind === 'request' && lifelines.several && row.process !== undefined && (
              <circle class="chosen-here" cx={`${lifelines.at('router')}%`} cy={arrowY} r="2.8" />
            )}
          </>
        )}
      </svg>
      {row.kind === 'note' ? (
        <Remark row={row} lifelines={lifelines} />
      ) : (
        <>
          <span class={`lab ${row.kind}${row.bad ? ' bad' : ''}`} style={{ left: `calc(${you}% + 10px)` }}>
            <LabelText row={row} />
          </span>
          {row.mark && (
            <span class={`mark ${row.mark.kind}`} style={{ left: `${lifelines.at(row.to)}%` }}>
              <MarkText mark={row.mark} />
            </span>
          )}
        </>
      )}
    </>
  );
}

/** The streams that are open, beside the client's lifeline. */
function Tracks({ row, lifelines }: Props<Row>) {
  return (
    <svg x={`${lifelines.at('you')}%`} class="tracks" aria-hidden="true">
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
  );
}

function Arrow({ row, lifelines }: Props<ArrowRow>) {
  const from = lifelines.at(row.from);
  const to = lifelines.at(row.to);
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

/** The process that took the request looked for its session in the store, or wrote it there. */
function Look({ row, lifelines }: Props<ArrowRow>) {
  const store = lifelines.at('store');
  const isThere = row.looked === 'found' || row.looked === 'created';
  return (
    <g class={isThere ? 'look' : 'look bad'}>
      <line x1={`${lifelines.at(row.to)}%`} x2={`${store}%`} y1={arrowY} y2={arrowY} />
      <svg x={`${store}%`} class="tip" aria-hidden="true">
        {isThere ? <circle cx="0" cy={arrowY} r="3" /> : <path d="M-4 18 4 26M4 18-4 26" />}
      </svg>
    </g>
  );
}

/** Where a lifeline ends, begins again, or is changed: a sign on the line itself. */
function Sign({ row, lifelines }: Props<NoteRow>) {
  if (row.at === undefined) return null;
  return (
    <svg x={`${lifelines.at(row.at)}%`} class={`tip sign ${row.note}`} aria-hidden="true">
      {row.note === 'exit' && <path d="M-5 17 5 27M5 17-5 27" />}
      {row.note === 'successor' && <path d="M-4.5 17.5h9v9h-9z" />}
      {row.note === 'kill' && <path d="M0 16.5 5.5 22 0 27.5-5.5 22z" />}
      {row.note === 'fault' && <path d="M0 15.5 6 27H-6z" />}
      {row.note === 'emit' && <circle cx="0" cy={arrowY} r="3.5" />}
      {row.note === 'connection' && <circle cx="0" cy={arrowY} r="4.5" />}
    </svg>
  );
}

/** What happened, in words: at its lifeline, on the side where there is room. */
function Remark({ row, lifelines }: Props<NoteRow>) {
  const x = lifelines.at(row.at ?? 'you');
  const side = x > 50 ? 'right' : 'left';
  const place = { [side]: `calc(${x > 50 ? 100 - x : x}% + 12px)`, maxWidth: `calc(${Math.max(x, 100 - x)}% - 12px)` };
  return (
    <span class={`lab remark ${row.note}${row.bad ? ' bad' : ''}`} style={place}>
      {row.text}
    </span>
  );
}
