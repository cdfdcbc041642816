/** Where the lifelines stand, in percent of the figure's width. */

import type { ProcessName } from '../../../playground-server/lab/wire.ts';
import type { Lane } from '../model/rows.ts';

export interface Lifelines {
  /** From left to right. */
  readonly lanes: readonly { lane: Lane; x: number }[];
  readonly processes: readonly ProcessName[];
  /** There are several processes, and a router that chooses among them. */
  readonly several: boolean;
  /** They share a store, which has a lifeline of its own. */
  readonly store: boolean;
  /** The place of one lane. One that the figure does not know stands at its right edge, so that nothing is hidden. */
  at(lane: Lane): number;
}

/** Between these, several processes stand evenly: room for the router's name before them, for a mark after them. */
const span = { first: 37, last: 86.2 };
/** Where the last place is the store's. */
const besideStore = { first: 31, last: 73.6 };
const storeX = 90.5;

const made = new Map<string, Lifelines>();

/** The lifelines for so many processes: the very same object each time, so that rows are not drawn anew for it. */
export function lifelinesOf(count: number, store = false): Lifelines {
  const key = `${count} ${store}`;
  const known = made.get(key);
  if (known) return known;
  const lifelines = make(Math.max(1, count), store);
  made.set(key, lifelines);
  return lifelines;
}

function make(count: number, store: boolean): Lifelines {
  const several = count > 1;
  const processes = Array.from({ length: count }, (_, index): ProcessName => `p${index + 1}`);
  const { first, last } = store ? besideStore : span;
  const step = several ? (last - first) / (count - 1) : 0;
  const lanes: { lane: Lane; x: number }[] = several
    ? [
        { lane: 'you', x: 4 },
        { lane: 'router', x: store ? 17 : 20 },
        ...processes.map((lane, index) => ({ lane, x: Number((first + index * step).toFixed(1)) })),
      ]
    : [
        { lane: 'you', x: 8 },
        { lane: 'p1', x: store ? 46 : 74 },
      ];
  if (store) lanes.push({ lane: 'store', x: several ? storeX : 82 });
  const places = new Map(lanes.map(({ lane, x }) => [lane, x]));
  return {
    lanes,
    processes,
    several,
    store,
    // In front of one process there is no choice to draw: what the router answers comes from where its process stands.
    at: (lane) => places.get(lane) ?? (lane === 'router' ? (places.get('p1') ?? last) : 96),
  };
}

const painted = new WeakMap<Lifelines, Map<string, string>>();

/**
 * The lifelines as they pass a row, as the value of CSS `background`: one background for all rows costs less than lines in
 * each of them. A process that is dead there has a trace, which shows where its successor will stand; so has a store out of
 * reach.
 */
export function livesOf(lifelines: Lifelines, down: readonly Lane[] = []): string {
  const known = painted.get(lifelines) ?? new Map<string, string>();
  painted.set(lifelines, known);
  const key = down.join();
  const lines = known.get(key) ?? lifelines.lanes.map(({ lane, x }) => lineAt(x, down.includes(lane))).join();
  known.set(key, lines);
  return lines;
}

/** A percentage places the line's own left edge as far along as its right one: half a pixel to the left of that is its middle. */
function lineAt(x: number, dead: boolean): string {
  const place = `calc(${x}% + ${((x - 50) / 100).toFixed(3)}px) 0`;
  if (!dead) return `linear-gradient(var(--line) 0 0) ${place} / 1px 100% no-repeat`;
  return `linear-gradient(var(--hairline) 1px, transparent 0) ${place} / 1px 6px repeat-y`;
}
