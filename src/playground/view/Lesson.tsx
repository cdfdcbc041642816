import { useSignal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { lessonNamed } from '../../lessons/index.ts';
import { Composer } from './Composer.tsx';
import { Controls } from './Controls.tsx';
import { ExchangeDetail } from './ExchangeDetail.tsx';
import { Figure } from './Figure.tsx';
import { LiveSummary } from './LiveSummary.tsx';
import { OwnClient } from './OwnClient.tsx';
import { Steps } from './Steps.tsx';
import { createLessonStore } from './store.ts';

interface Props {
  /** Name of a lesson in src/lessons. */
  lesson: string;
  /** `hero`: the parts take their places in the grid around them. `page`: one column. */
  layout: 'hero' | 'page';
}

/** A lesson, live. Rendered at build time as well: then the lifelines stand alone with the one button. */
export function Lesson({ lesson, layout }: Props) {
  const store = useMemo(() => createLessonStore(lessonNamed(lesson)), [lesson]);
  const ready = useSignal(false);

  useEffect(() => {
    ready.value = true;
    void store.begin();
    return () => store.dispose();
  }, [store, ready]);

  return (
    <div class={`lesson ${layout}`}>
      <Controls store={store} ready={ready.value} />
      <Steps store={store} />
      <Figure store={store} />
      <div class="lesson-below">
        <ExchangeDetail store={store} />
      </div>
      <Composer store={store} />
      <div class="lesson-own">
        <OwnClient store={store} />
      </div>
      <LiveSummary store={store} />
    </div>
  );
}
