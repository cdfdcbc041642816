import { useSignal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import type { LessonOutline } from '../model/lesson.ts';
import { Controls } from './Controls.tsx';
import { LabTools } from './LabTools.tsx';
import { LiveFigure } from './LiveFigure.tsx';
import { LiveSummary } from './LiveSummary.tsx';
import { Steps } from './Steps.tsx';
import { ConnectionSwitch, hasRouter } from './Switches.tsx';
import { createLessonStore } from './store.ts';
import { Tally } from './Tally.tsx';
import { useAddress } from './use-address.ts';

interface Props {
  lesson: LessonOutline;
  /** `hero`: the parts take their places in the grid around them. `page`: one column. */
  layout: 'hero' | 'page';
}

/** A lesson, live. Rendered at build time as well: then the lifelines stand alone with the one button. */
export function Lesson({ lesson, layout }: Props) {
  const store = useMemo(
    () =>
      createLessonStore(
        { lesson, deployment: lesson.deployment, era: lesson.era ?? 'handshake', connection: 'fresh' },
        lesson,
      ),
    [lesson],
  );
  const ready = useSignal(false);
  useAddress(store, false);
  useEffect(() => {
    ready.value = true;
  }, [ready]);

  return (
    <div class={`lesson ${layout}`}>
      <Controls store={store} ready={ready.value} />
      <Steps store={store} />
      {hasRouter(store) && (
        <div class="over-figure">
          <ConnectionSwitch store={store} />
          <Tally store={store} />
        </div>
      )}
      <LiveFigure store={store} details={layout === 'hero' ? 'elsewhere' : 'in-place'} />
      <LabTools store={store} all={layout !== 'hero'} />
      <LiveSummary store={store} />
    </div>
  );
}
