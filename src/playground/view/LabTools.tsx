import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { LessonStore } from './store.ts';

type Tools = typeof import('./lab-tools.ts');

async function load(): Promise<Tools> {
  const { Composer, OwnClient } = await import('./lab-tools.ts');
  return { Composer, OwnClient };
}

/** The composer and the box for the reader's own client, as soon as there is a lab that they are for. */
export function LabTools({ store }: { store: LessonStore }) {
  const tools = useSignal<Tools | undefined>(undefined);
  const needed = store.lab.value !== undefined;
  useEffect(() => {
    if (!needed || tools.value) return;
    void load().then((loaded) => {
      tools.value = loaded;
    });
  }, [needed, tools]);
  const loaded = tools.value;
  return (
    <>
      {loaded && <loaded.Composer store={store} />}
      <div class="lesson-own">{loaded && <loaded.OwnClient store={store} />}</div>
    </>
  );
}
