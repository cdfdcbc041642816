import type { ArrowRow, NoteRow, Row, Track } from '../model/rows.ts';
import { LabelText, MarkText } from './labels.tsx';
import { type Lifelines, livesOf } from './lifelines.ts';

const trackGapPx = 6;

interface Props<AnyRow extends Row> {
  row: AnyRow;
  lifelines: Lifelines;
}

/**
 * The strip of the figure that one row is: the lifelines, what passes between them, and what is said of it. Where there is
 * no room to draw, the same words say who speaks to whom. Boxes and backgrounds rather than an SVG in each row, which a
 * browser takes longer to lay out: two hundred rows may come in a second.
 */
export function Drawing({ row, lifelines }: Props<Row>) {
  return (
    <span
      class="strip"
      aria-hidden="true"
      style={row.down.length > 0 ? { '--lives': livesOf(lifelines, row.down) } : undefined}
    >
      {row.tracks.map((track) => (
        <OpenStream key={track.track} {...track} you={lifelines.at('you')} />
      ))}
      {row.kind === 'note' ? <Note row={row} lifelines={lifelines} /> : <Arrow row={row} lifelines={lifelines} />}
    </span>
  );
}

/** Beside the client's lifeline; a bead is one event of it. */
function OpenStream({ track, part, own, you }: Track & { you: number }) {
  const x = `calc(${you}% - ${trackGapPx * (track + 1)}px)`;
  return <i class={`track ${part}${own ? ' bead' : ''}`} style={{ '--x': x }} />;
}

function Arrow({ row, lifelines }: Props<ArrowRow>) {
  const from = lifelines.at(row.from);
  const to = lifelines.at(row.to);
  const tone = `${row.kind}${row.bad ? ' bad' : ''}`;
  const you = lifelines.at('you');
  // A mark stands at the end of the arrow, as high as what is written on it.
  const room = row.mark && to > you ? { '--room': `calc(${to - you}% - 4px)` } : {};
  const way = row.kind === 'store' ? 'aside' : row.from === 'you' ? 'out' : 'in';
  return (
    <>
      {row.looked !== undefined && lifelines.store && <Look row={row} lifelines={lifelines} />}
      <i
        class={`flight ${tone} ${from < to ? 'right' : 'left'}${row.pending ? ' pending' : ''}`}
        style={{ '--x': `${Math.min(from, to)}%`, '--length': `${Math.abs(to - from)}%` }}
      />
      {row.kind === 'request' && lifelines.several && row.process !== undefined && (
        <i class="chosen-here" style={{ '--x': `${lifelines.at('router')}%` }} />
      )}
      <span class={`lab ${tone} ${way}`} style={{ '--x': `${you}%`, ...room }}>
        <em>{`${row.from} → ${row.to}`}</em>
        <LabelText row={row} />
      </span>
      {row.mark && (
        <span class={`mark ${row.mark.kind}`} style={{ '--x': `${to}%` }}>
          <MarkText mark={row.mark} />
        </span>
      )}
      {row.looked !== undefined && <Found row={row} />}
    </>
  );
}

/** The process that took the request looked for its session in the store, or wrote it there. */
function Look({ row, lifelines }: Props<ArrowRow>) {
  const from = lifelines.at(row.to);
  const isThere = row.looked === 'found' || row.looked === 'created';
  return (
    <span
      class={isThere ? 'look' : 'look bad'}
      style={{ '--x': `${from}%`, '--length': `${lifelines.at('store') - from}%` }}
    >
      <svg viewBox="-5 -5 10 10" aria-hidden="true">
        {isThere ? <circle r="3" /> : <path d="M-4-4 4 4M4-4-4 4" />}
      </svg>
    </span>
  );
}

/** The same in words, where nothing is drawn. */
function Found({ row }: { row: ArrowRow }) {
  if (row.looked === 'unreachable') return <span class="mark missing told">✕ store out of reach</span>;
  return row.mark ? <span class={`mark ${row.mark.kind} told`}>in the store</span> : null;
}

/** Where a lifeline ends, begins again, or is changed: a sign on the line itself, and what happened beside it. */
function Note({ row, lifelines }: Props<NoteRow>) {
  const x = lifelines.at(row.at ?? 'you');
  const sign = signs[row.note];
  return (
    <>
      {row.at !== undefined && sign && (
        <svg class={`sign ${row.note}`} viewBox="-7 -7 14 14" aria-hidden="true" style={{ '--x': `${x}%` }}>
          <path d={sign} />
        </svg>
      )}
      <span
        class={`lab remark ${row.note}${row.bad ? ' bad' : ''}${x > 50 ? ' before' : ''}`}
        style={{ '--x': `${x > 50 ? 100 - x : x}%`, '--room': `calc(${Math.max(x, 100 - x)}% - 12px)` }}
      >
        {row.text}
      </span>
    </>
  );
}

const circle = (radius: number): string =>
  `M${-radius} 0a${radius} ${radius} 0 1 0 ${radius * 2} 0a${radius} ${radius} 0 1 0 ${-radius * 2} 0z`;

const signs: Readonly<Partial<Record<NoteRow['note'], string>>> = {
  exit: 'M-5-5 5 5M5-5-5 5',
  successor: 'M-4.5-4.5h9v9h-9z',
  kill: 'M0-5.5 5.5 0 0 5.5-5.5 0z',
  fault: 'M0-6.5 6 5H-6z',
  emit: circle(3.5),
  connection: circle(4.5),
};
