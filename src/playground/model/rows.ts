/** One row of the sequence: plain data, so that it can be compared, tested and drawn anywhere. */

import type { ProcessName } from '../../../playground-server/lab/wire.ts';
import type { Mark, Outcome } from './exchanges.ts';
import type { Label } from './messages.ts';

export type Lane = 'you' | 'router' | ProcessName | 'store';

/** An open event stream as a bar beside the client's lifeline: one track for each stream that is open at a time. */
export interface Track {
  /** 0 is the innermost. */
  track: number;
  part: 'start' | 'through' | 'end' | 'only';
  /** This row's own stream. */
  own: boolean;
}

export interface ArrowRow {
  /** Id of the wire event that the row is drawn for. */
  id: number;
  /** `store`: a process asks the store that all of them share, or hears from it. */
  kind: 'request' | 'response' | 'event' | 'end' | 'store';
  /** Milliseconds since the first row. */
  atMs: number;
  from: Lane;
  to: Lane;
  label: Label;
  bad: boolean;
  /** It is on its way: the other side does not have it yet. */
  pending: boolean;
  exchange: string;
  /** Of a request: what became of it. */
  outcome?: Outcome;
  /** The process that the exchange was given to. */
  process?: ProcessName;
  /** Masked id of the session that the exchange belongs to. */
  session?: string;
  /** The stream that the row belongs to, when it belongs to one. */
  stream?: string;
  mark?: Mark;
  /** Of a request: what the store said when the process looked for its session there. */
  looked?: string;
  /** The program that sent the request, when it was not a browser. */
  agent?: string;
  tracks: readonly Track[];
  /** Processes that are dead here, and a store that is out of reach: they have no lifeline in this row. */
  down: readonly Lane[];
}

export type NoteKind =
  | 'kill'
  | 'exit'
  | 'successor'
  | 'connection'
  | 'fault'
  | 'emit'
  | 'trace-missing'
  | 'session-over'
  | 'stream-replaced'
  | 'message-dropped'
  | 'log-gap'
  | 'lab-over';

/** Something that happened without an arrow: a process ended, a session expired, a part of the log is missing. */
export interface NoteRow {
  id: number;
  kind: 'note';
  note: NoteKind;
  atMs: number;
  text: string;
  bad: boolean;
  /** The lifeline at which it happened. Absent: it concerns the whole lab. */
  at?: Lane;
  session?: string;
  tracks: readonly Track[];
  down: readonly Lane[];
}

export type Row = ArrowRow | NoteRow;

/** Whether two rows say the same: deep equality of plain data. A log makes its rows anew with every event. */
export function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  // What is in a set is no property of it: one is the same only as itself.
  if (a instanceof Set || b instanceof Set) return false;
  // Compared for every drawn row and every batch of events: no list of keys is made.
  let more = 0;
  for (const key in a) {
    more += 1;
    if (!same((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key])) return false;
  }
  for (const _ in b) more -= 1;
  return more === 0;
}
