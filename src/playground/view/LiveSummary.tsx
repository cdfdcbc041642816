import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { spokenSummary } from '../model/summary.ts';
import type { LessonStore } from './store.ts';

/** How long news is gathered before it is spoken: a call with progress would otherwise never stop talking. */
const gatherMs = 1_200;

/** Tells a screen reader, in one line, what has been drawn. */
export function LiveSummary({ store }: { store: LessonStore }) {
  const text = useSignal('');
  const spokenTo = useRef(0);
  const rows = store.figure.rows.value;
  const lastId = rows.at(-1)?.id ?? 0;

  useEffect(() => {
    if (lastId === 0) {
      spokenTo.current = 0;
      return;
    }
    const timer = setTimeout(() => {
      text.value = spokenSummary(store.figure.rows.value, Math.max(spokenTo.current, store.replayedTo.value));
      spokenTo.current = lastId;
    }, gatherMs);
    return () => clearTimeout(timer);
  }, [lastId, store, text]);

  return (
    <p class="sr-only" aria-live="polite">
      {text.value}
    </p>
  );
}
