/**
 * Repetition, folded: a long run of the same request becomes one item that says how often it was sent and what became
 * of it, process by process. The newest run is never folded: it is what the reader is looking at.
 */

import type { ProcessName } from '../../../playground-server/lab/wire.ts';
import { countOutcomes, type Outcomes, outcomesInWords } from './outcome.ts';
import type { ArrowRow, Row } from './rows.ts';

export interface Group {
  kind: 'group';
  /** Of its first row: it stays while the group grows. */
  id: number;
  atMs: number;
  /** `POST whoami` */
  what: string;
  count: number;
  outcomes: Outcomes;
  /** What became of the requests at each process that took some, in order of their names. */
  processes: readonly { name: ProcessName; outcomes: Outcomes }[];
  /** Its rows follow. */
  open: boolean;
  down: Row['down'];
}

export type Item = Row | Group;

/** So many requests of a kind in a row, and they are folded without being asked. */
export const foldFrom = 6;

export interface Folding {
  /** The reader wants repetition folded. */
  on: boolean;
  /** Ids of the groups that the reader has opened. */
  opened?: ReadonlySet<number>;
  /** The row whose exchange is shown: a group that holds it is open. */
  selected?: number | undefined;
}

/** The rows with long runs as groups; the very list when there are none. */
export function groupRows(rows: readonly Row[], { on, opened, selected }: Folding): readonly Item[] {
  if (!on) return rows;
  const items: Item[] = [];
  const end = knownTo(rows);
  let folded = false;
  for (const run of runsOf(rows)) {
    const part = rows.slice(run.from, run.to);
    if (run.to >= end || run.what === '' || run.requests < foldFrom) {
      items.push(...part);
      continue;
    }
    folded = true;
    const open = (opened?.has(part[0]?.id ?? 0) ?? false) || part.some(({ id }) => id === selected);
    items.push(groupOf(run.what, part, open), ...(open ? part : []));
  }
  return folded ? items : rows;
}

/**
 * Up to where it is known what repeats. The body of a request arrives after its head: the newest one may go on with the
 * run before it, which is not folded away for that moment.
 */
function knownTo(rows: readonly Row[]): number {
  const newest = rows.findLastIndex(({ kind }) => kind === 'request');
  const row = rows[newest];
  return row?.kind === 'request' && row.label.strong === '' ? newest : rows.length;
}

interface Run {
  from: number;
  to: number;
  what: string;
  requests: number;
}

/** Rows that follow one another and belong to requests of one kind. Whatever is no request's own row ends a run. */
function runsOf(rows: readonly Row[]): Run[] {
  const kinds = new Map<string, string>();
  for (const row of rows) if (row.kind === 'request') kinds.set(row.exchange, kindOf(row));
  const runs: Run[] = [];
  rows.forEach((row, index) => {
    const what = row.kind === 'note' ? '' : (kinds.get(row.exchange) ?? '');
    const request = row.kind === 'request' ? 1 : 0;
    const run = runs.at(-1);
    // A run begins with a request: what still arrives of an earlier one is not repetition.
    if (run && run.what === what && run.what !== '') {
      run.to = index + 1;
      run.requests += request;
    } else runs.push({ from: index, to: index + 1, what: request === 1 ? what : '', requests: request });
  });
  return runs;
}

/** What is asked, without its arguments. */
function kindOf({ label }: ArrowRow): string {
  return `${label.before}${label.strong}`.trim();
}

function groupOf(what: string, rows: readonly Row[], open: boolean): Group {
  const requests = rows.filter((row): row is ArrowRow => row.kind === 'request');
  const names = new Set<ProcessName>();
  for (const { process } of requests) if (process !== undefined) names.add(process);
  return {
    kind: 'group',
    id: rows[0]?.id ?? 0,
    atMs: rows[0]?.atMs ?? 0,
    what,
    count: requests.length,
    outcomes: countOutcomes(requests),
    processes: [...names]
      .sort((a, b) => a.localeCompare(b))
      .map((name) => ({ name, outcomes: countOutcomes(requests.filter(({ process }) => process === name)) })),
    open,
    down: rows[0]?.down ?? [],
  };
}

/** `10 × POST whoami: 3 answered, 7 lost` */
export function groupInWords({ count, what, outcomes }: Group): string {
  return `${count} × ${what}: ${outcomesInWords(outcomes)}`;
}
