import { Prose } from './Prose.tsx';
import type { LessonStore } from './store.ts';

/** The lesson's steps. Each ticks itself when the wire shows what it is about. */
export function Steps({ store }: { store: LessonStore }) {
  const states = store.steps.value;
  const steps = store.lesson.value?.steps;
  if (!steps) return null;
  return (
    <ol class="steps" aria-label="Steps of this lesson">
      {steps.map((step, index) => {
        const state = states[index];
        return (
          <li
            key={step.text}
            class={state?.seen === undefined ? '' : 'done'}
            aria-current={state?.next ? 'step' : undefined}
          >
            <Prose text={step.text} />
            {state?.seen !== undefined && (
              <i class={step.loss ? 'bad' : undefined}>
                <span class="sr-only">Done, </span>seen: {state.seen}
              </i>
            )}
          </li>
        );
      })}
    </ol>
  );
}
