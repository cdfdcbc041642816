/**
 * A figure that stands still while its log goes on. What is shown is the log as it was at one event; a step goes on to
 * the end of what belongs to the next row, so that each row comes with all that it brings: its mark, its box.
 */

import { layout } from './layout.ts';
import { append, type WireLog } from './wire-log.ts';

/** The log as it is now: logs are never changed, so that this one stays what it is. */
export interface Frozen {
  readonly log: WireLog;
}

/** How many events of the log are not shown. */
export function waiting(frozen: Frozen, live: WireLog): number {
  return live.lastId - frozen.log.lastId;
}

/** One row further. The same when there is no further row, whatever else waits. */
export function step(frozen: Frozen, live: WireLog): Frozen {
  const rows = layout(live.events, live.before, live.beganAtMs);
  // What is shown may be inside a row already: a request whose answer is still to come.
  const next = rows.findIndex(({ id }) => id > frozen.log.lastId);
  if (next < 0) return frozen;
  const after = rows[next + 1]?.id ?? Number.POSITIVE_INFINITY;
  const shown = live.events.filter(({ id }) => id > frozen.log.lastId && id < after);
  const [first] = live.events;
  // Events that left the live log while this one stood still are counted as missing.
  const gap = first ? Math.max(0, first.id - frozen.log.lastId - 1) : 0;
  const log = append(frozen.log, shown);
  return { log: gap === 0 ? log : { ...log, missing: log.missing + gap } };
}
