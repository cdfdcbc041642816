/** Which rows of a long sequence are drawn: each is painted anew in every frame in which the sequence moves on. */

import type { Item } from '../model/groups.ts';

/** So many at the end: twice what is in sight at once, and some, so that none leaves while it is looked at. */
export const drawnRows = 40;

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
