/**
 * The state of one figure, as signals: what of a wire log it shows, and what the reader has chosen in it. Made from a log
 * alone, so that a recording makes a figure as a lab does.
 */

import { batch, computed, type ReadonlySignal, signal } from '@preact/signals';
import { everything, type Filter, filterRows, sessionsIn } from '../model/filter.ts';
import { type Frozen, step, waiting } from '../model/freeze.ts';
import { groupRows } from '../model/groups.ts';
import { layout } from '../model/layout.ts';
import { routerOf, sharesState } from '../model/router-box.ts';
import type { WireLog } from '../model/wire-log.ts';
import { lifelinesOf } from './lifelines.ts';
import { steady } from './steady.ts';

export type FigureState = ReturnType<typeof createFigureState>;

/**
 * @param live the log, which may go on while the figure stands still
 * @param deployment whose lanes stand ready while no lab has begun
 */
export function createFigureState(live: ReadonlySignal<WireLog>, deployment: () => string) {
  const frozen = signal<Frozen | undefined>(undefined);
  const filter = signal<Filter>(everything);
  /** Off until a reader can unfold: without JavaScript, and on paper, every row is there. */
  const foldable = signal(false);
  /** Every call of the store has its row, and not only what processes do for one another. */
  const storeCalls = signal(false);
  const folding = signal(true);
  const opened = signal<ReadonlySet<number>>(new Set());
  const selectedId = signal<number | undefined>(undefined);

  const shown = computed(() => frozen.value?.log ?? live.value);
  const router = computed(() => shown.value.router ?? routerOf(deployment()));
  const shares = computed(() => sharesState(router.value));
  const rows = computed(() => {
    const { events, before, beganAtMs } = shown.value;
    const store = !shares.value ? undefined : storeCalls.value ? 'every' : 'between';
    return layout(events, before, beganAtMs, store);
  });
  const boxes = computed(() => shown.value.processes);
  const items = computed(() =>
    groupRows(filterRows(rows.value, filter.value), {
      on: foldable.value && folding.value,
      opened: opened.value,
      selected: selectedId.value,
    }),
  );
  const selected = computed(() => rows.value.find(({ id }) => id === selectedId.value));

  return {
    /** Every row, of which `items` are those that the reader wants to see, folded where they repeat. */
    rows,
    items,
    /** Nothing has crossed the wire yet. */
    empty: computed(() => rows.value.length === 0),
    boxes,
    router,
    /** The store that the processes share, if they do: its lifeline says so. */
    store: computed(() => shown.value.store),
    storeCalls,
    lifelines: computed(() => lifelinesOf(router.value?.processes ?? 1, shares.value)),
    sessions: steady(() => sessionsIn(rows.value)),
    missing: computed(() => shown.value.missing),
    /** Nobody can ask for more: without JavaScript, and on paper, every row is drawn. */
    whole: computed(() => !foldable.value),
    filter,
    folding,
    selectedId,
    selected,
    /** The events that are shown. */
    events: computed(() => shown.value.events),
    paused: computed(() => frozen.value !== undefined),
    /** How many events of the log are not shown. */
    waiting: computed(() => (frozen.value ? waiting(frozen.value, live.value) : 0)),
    pauseOrGoOn: () => {
      frozen.value = frozen.value ? undefined : { log: live.value };
    },
    step: () => {
      if (frozen.value) frozen.value = step(frozen.value, live.value);
    },
    toggle: (id: number) => {
      selectedId.value = selectedId.value === id ? undefined : id;
    },
    /** Opens or closes a group. The exchange that is shown goes with the rows that are folded. */
    toggleGroup: (id: number, open: boolean) => {
      const now = new Set(opened.value);
      if (open) now.delete(id);
      else now.add(id);
      batch(() => {
        opened.value = now;
        if (open) selectedId.value = undefined;
      });
    },
    /** A reader is here, who can unfold what is folded; or the page goes to paper, which cannot. */
    setFoldable: (on: boolean) => {
      foldable.value = on;
    },
    /** Another lab, another log. */
    reset: () =>
      batch(() => {
        frozen.value = undefined;
        filter.value = everything;
        opened.value = new Set();
        selectedId.value = undefined;
      }),
  };
}
