/** What a screen reader is told when rows appear: one line for all that is new, and never a flood. */

import type { Mark } from './exchanges.ts';
import type { Row } from './rows.ts';

/** A row in words: `p1 to you: 2.1 progress 1 of 3`. */
export function rowInWords(row: Row): string {
  if (row.kind === 'note') return row.text;
  const { before, strong, after } = row.label;
  const looked =
    row.looked === undefined ? '' : row.looked === 'unreachable' ? ', store out of reach' : ' in the store';
  const mark = `${row.mark ? `, ${marksInWords[row.mark.kind]}` : ''}${looked}`;
  return `${row.from} to ${row.to}: ${before}${strong}${after}${mark}`;
}

const marksInWords: Readonly<Record<Mark['kind'], string>> = {
  born: 'session created',
  found: 'session found',
  missing: 'session not here',
  ended: 'session ended',
  unanswered: 'no answer',
};

/** One line for the rows after `lastSpoken`. Empty when there are none. */
export function spokenSummary(rows: readonly Row[], lastSpoken: number): string {
  const fresh = rows.filter(({ id }) => id > lastSpoken);
  const last = fresh.at(-1);
  if (!last) return '';
  return fresh.length === 1 ? rowInWords(last) : `${fresh.length} new rows. Latest: ${rowInWords(last)}`;
}
