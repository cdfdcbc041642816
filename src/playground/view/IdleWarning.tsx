import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { LessonStore } from './store.ts';

/** The lab ends soon, unless someone says that it is still of use. */
export function IdleWarning({ store }: { store: LessonStore }) {
  const until = store.idleUntil.value;
  const secondsLeft = useSignal(0);
  useEffect(() => {
    if (until === undefined) return;
    const count = (): void => {
      secondsLeft.value = Math.max(0, Math.round((Date.parse(until) - Date.now()) / 1000));
    };
    count();
    const timer = setInterval(count, 1_000);
    return () => clearInterval(timer);
  }, [until, secondsLeft]);
  if (until === undefined) return null;
  return (
    <p class="idle">
      Nothing has used this lab for a while. It ends in {secondsLeft.value} s.{' '}
      <button type="button" class="act" onClick={() => void store.keep()}>
        Keep it
      </button>
    </p>
  );
}
