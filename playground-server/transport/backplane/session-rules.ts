/** What every store goes by when it keeps, drops and remembers sessions. */

import type { Asker, SessionRecord } from './backplane.ts';

/** A session that nobody used within this time after `initialize` may be dropped at the cap (rule P11). */
export const unusedAfterMs = 60_000;
/** How many ended sessions are remembered, and for how long, to say why they are gone (rule P7). */
export const maxTombstones = 10_000;
export const tombstoneMs = 5 * 60_000;

/** Rule P9. */
export function isOwner(record: SessionRecord, { principal, origin }: Asker): boolean {
  if (record.principal !== principal) return false;
  return record.origin === null || origin === null || record.origin === origin;
}

/** Responses on their way to another instance: so many of one session are kept, for so long. */
export const maxAnswers = 64;
export const keepAnswerMs = 60_000;
