/** Where the lifelines stand, in percent of the figure's width. */

import type { ProcessName } from '../../../playground-server/lab/wire.ts';
import type { Lane } from '../model/rows.ts';

export interface Lifelines {
  /** From left to right. */
  readonly lanes: readonly { lane: Lane; x: number }[];
  readonly processes: readonly ProcessName[];
  /** There are several processes, and a router that chooses among them. */
  readonly several: boolean;
  /** The place of one lane. One that the figure does not know stands at its right edge, so that nothing is hidden. */
  at(lane: Lane): number;
}

/** Between these, several processes stand evenly: room for the router's name before them, for a mark after them. */
const firstX = 37;
const lastX = 86.2;

const made = new Map<number, Lifelines>();

/** The lifelines for so many processes: the very same object each time, so that rows are not drawn anew for it. */
export function lifelinesOf(count: number): Lifelines {
  const known = made.get(count);
  if (known) return known;
  const lifelines = make(Math.max(1, count));
  made.set(count, lifelines);
  return lifelines;
}

function make(count: number): Lifelines {
  const several = count > 1;
  const processes = Array.from({ length: count }, (_, index): ProcessName => `p${index + 1}`);
  const step = several ? (lastX - firstX) / (count - 1) : 0;
  const lanes: { lane: Lane; x: number }[] = several
    ? [
        { lane: 'you', x: 4 },
        { lane: 'router', x: 20 },
        ...processes.map((lane, index) => ({ lane, x: firstX + index * step })),
      ]
    : [
        { lane: 'you', x: 8 },
        { lane: 'p1', x: 74 },
      ];
  const places = new Map(lanes.map(({ lane, x }) => [lane, x]));
  return {
    lanes,
    processes,
    several,
    // In front of one process there is no choice to draw: what the router answers comes from where its process stands.
    at: (lane) => places.get(lane) ?? (lane === 'router' ? (places.get('p1') ?? lastX) : 96),
  };
}
