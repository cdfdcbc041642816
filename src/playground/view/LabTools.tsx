import type { LessonStore } from './store.ts';
import { useLoaded } from './use-loaded.ts';

interface Props {
  store: LessonStore;
  /** With what sends requests by hand and breaks things. */
  all?: boolean;
}

/** The composer and the box for the reader's own client, as soon as there is a lab that they are for. */
export function LabTools({ store, all = true }: Props) {
  const tools = useLoaded(store.lab.value !== undefined, () => import('./lab-tools.ts'));
  return (
    <>
      {tools && <tools.Composer store={store} />}
      {tools && all && <tools.RawRequest store={store} />}
      {tools && all && <tools.BreakIt store={store} />}
      <div class="lesson-own">{tools && <tools.OwnClient store={store} />}</div>
    </>
  );
}
