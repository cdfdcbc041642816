/** Which rows a reader wants to see. Whole exchanges are kept or left out: an answer without its question says little. */

import type { ProcessName } from '../../../playground-server/lab/wire.ts';
import type { Row } from './rows.ts';

export type Filter =
  | { by: 'all' }
  | { by: 'session'; session: string }
  | { by: 'process'; process: ProcessName }
  | { by: 'failures' };

export const everything: Filter = { by: 'all' };

/** The rows that the filter lets pass; the very list when it lets all pass. */
export function filterRows(rows: readonly Row[], filter: Filter): readonly Row[] {
  switch (filter.by) {
    case 'all':
      return rows;
    case 'session':
      return rows.filter((row) => concernsAll(row) || row.session === filter.session);
    case 'process':
      return rows.filter((row) => concernsAll(row) || processOf(row) === filter.process);
    case 'failures':
      return failures(rows);
  }
}

/** Exchanges of which a row is bad, or whose request was lost on its way to an answer. */
function failures(rows: readonly Row[]): Row[] {
  const failed = new Set<string>();
  for (const row of rows) {
    if (row.kind === 'note') continue;
    if (row.bad || row.outcome === 'lost' || row.outcome === 'refused') failed.add(row.exchange);
  }
  return rows.filter((row) => (row.kind === 'note' ? row.bad : failed.has(row.exchange)));
}

/** The end of the lab, a gap in the log: whatever is shown, this is true of it. */
function concernsAll(row: Row): boolean {
  return row.kind === 'note' && row.at === undefined && row.session === undefined;
}

function processOf(row: Row): string | undefined {
  return row.kind === 'note' ? row.at : row.process;
}

/** The sessions that these rows speak of, in order of their first appearance. */
export function sessionsIn(rows: readonly Row[]): string[] {
  const sessions = new Set<string>();
  for (const { session } of rows) if (session !== undefined) sessions.add(session);
  return [...sessions];
}

/** A filter as the value of a form's field, and back. */
export function filterToText(filter: Filter): string {
  if (filter.by === 'session') return `session ${filter.session}`;
  return filter.by === 'process' ? `process ${filter.process}` : filter.by;
}

export function filterFromText(text: string): Filter {
  const [by, value = ''] = text.split(' ', 2);
  if (by === 'session') return { by, session: value };
  if (by === 'process') return { by, process: value as ProcessName };
  return by === 'failures' ? { by } : everything;
}
