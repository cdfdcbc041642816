import { computed, type ReadonlySignal } from '@preact/signals';
import { same } from '../model/rows.ts';

/**
 * A computed that stays the very value it was while what it is worked out to says the same. A log works out everything
 * anew with each batch of events, and whoever reads a signal is drawn again when it changes.
 */
export function steady<Value>(workOut: () => Value): ReadonlySignal<Value> {
  let kept: { value: Value } | undefined;
  return computed(() => {
    const value = workOut();
    if (!kept || !same(kept.value, value)) kept = { value };
    return kept.value;
  });
}
