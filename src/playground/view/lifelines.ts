/** Where the lifelines of a deployment with one process stand, in percent of the figure's width. */

import type { Lane } from '../model/rows.ts';

export const lifelines: readonly { lane: Lane; x: number }[] = [
  { lane: 'you', x: 8 },
  { lane: 'p1', x: 74 },
];

/** The place of one lifeline. One that the figure does not know stands at its right edge, so that nothing is hidden. */
export function lifelineOf(lane: Lane): number {
  return lifelines.find((line) => line.lane === lane)?.x ?? 96;
}
