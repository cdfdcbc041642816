/**
 * Open streams as bars beside the client's lifeline. A bar spans the rows from the stream's first event to its end; two
 * streams that are open at once stand on two tracks, so that each event can be seen to arrive on its own.
 */

import type { Exchange } from './exchanges.ts';
import type { Row, Track } from './rows.ts';

/** More open streams than this share the outermost track. */
const trackCount = 4;

interface Span {
  exchange: string;
  first: number;
  last: number;
  /** The stream goes on below the last row. */
  open: boolean;
}

/** Gives each row the bars that pass it. */
export function drawTracks(rows: readonly Row[], exchanges: ReadonlyMap<string, Exchange>): void {
  const spans = findSpans(rows, exchanges);
  const busyUntil: number[] = [];
  const tracks: Track[][] = rows.map(() => []);

  for (const span of spans) {
    let track = busyUntil.findIndex((until) => until < span.first);
    if (track < 0) track = busyUntil.length;
    track = Math.min(track, trackCount - 1);
    busyUntil[track] = Math.max(busyUntil[track] ?? -1, span.last);
    for (let index = span.first; index <= span.last; index += 1) {
      const row = rows[index];
      const isEvent = row !== undefined && row.kind !== 'note' && row.kind !== 'request' && row.kind !== 'store';
      const own = isEvent && row.exchange === span.exchange;
      put(tracks[index], { track, part: partOf(span, index), own });
    }
  }
  rows.forEach((row, index) => {
    row.tracks = tracks[index] ?? [];
  });
}

/** Streams that share a track in a row are one bar there. */
function put(tracks: Track[] | undefined, added: Track): void {
  const shared = tracks?.find(({ track }) => track === added.track);
  if (!shared) tracks?.push(added);
  else Object.assign(shared, { part: 'through', own: shared.own || added.own } satisfies Partial<Track>);
}

function findSpans(rows: readonly Row[], exchanges: ReadonlyMap<string, Exchange>): Span[] {
  const spans = new Map<string, Span>();
  rows.forEach((row, index) => {
    if (row.kind !== 'event' && row.kind !== 'end') return;
    const span = spans.get(row.exchange);
    if (span) span.last = index;
    else spans.set(row.exchange, { exchange: row.exchange, first: index, last: index, open: false });
  });
  for (const span of spans.values()) {
    if (exchanges.get(span.exchange)?.end) continue;
    span.open = true;
    span.last = rows.length - 1;
  }
  return [...spans.values()];
}

function partOf(span: Span, index: number): Track['part'] {
  const starts = index === span.first;
  const ends = index === span.last && !span.open;
  if (starts && ends) return 'only';
  if (starts) return 'start';
  return ends ? 'end' : 'through';
}
