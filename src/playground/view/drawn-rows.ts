/**
 * Which rows of a long sequence are drawn. For each row that comes or goes, a browser styles all that are drawn anew:
 * the site's theme has rules of the form `* + *`, which it cannot tell from rules about these rows.
 */

import type { Item } from '../model/groups.ts';

/** So many at the end: two and a half times what is in sight at once. */
export const drawnRows = 48;

export interface Drawn {
  /** The id of the first row that was drawn last time; 0 before that. */
  firstId: number;
  /** The reader follows the end of the sequence, and is not somewhere above it. */
  following: boolean;
  /** The row whose exchange is shown. */
  selected: number | undefined;
}

/** The index from which on rows are drawn. Under a reader who is not at the end no row is taken away. */
export function drawnFrom(items: readonly Item[], { firstId, following, selected }: Drawn): number {
  const end = Math.max(0, items.length - drawnRows);
  const same = following ? -1 : items.findIndex(({ id }) => id >= firstId);
  const chosen = selected === undefined ? -1 : items.findIndex(({ id }) => id === selected);
  return Math.min(end, ...[same, chosen].filter((index) => index >= 0));
}
