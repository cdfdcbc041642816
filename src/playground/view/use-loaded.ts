import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';

/**
 * A part of the page that is loaded when it is needed, and not before.
 * @returns `undefined` until it is there; then it stays
 */
export function useLoaded<Part>(needed: boolean, load: () => Promise<Part>): Part | undefined {
  const loaded = useSignal<Part | undefined>(undefined);
  // Not for another `load`: it is written anew at each call, and means the same each time.
  useEffect(() => {
    if (!needed || loaded.value) return;
    void load().then((part) => {
      loaded.value = part;
    });
  }, [needed, loaded]);
  return loaded.value;
}
