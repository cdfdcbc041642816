import { useSignal } from '@preact/signals';
import { actLabels, canAct } from '../model/acts.ts';
import type { ActName } from '../model/lesson.ts';
import type { LessonStore } from './store.ts';

/** What `count` is called with when the reader did not say: long enough to watch, short enough to wait for. */
export const defaultCount = { to: 3, everyMs: 700 };

/** Every act of the lesson as a button, in any order the reader likes. */
export function Composer({ store }: { store: LessonStore }) {
  const to = useSignal(defaultCount.to);
  const everyMs = useSignal(defaultCount.everyMs);
  if (!store.lab.value) return null;
  const { listening } = store.acting.value;

  const button = (name: ActName, run: () => void) => {
    const possible = canAct(name, store.acting.value);
    // Not `disabled`: the button that was just pressed would lose the focus.
    return (
      <button type="button" class="act" data-act={name} aria-disabled={!possible} onClick={() => possible && run()}>
        {actLabels[name]}
      </button>
    );
  };
  const simple = (name: Exclude<ActName, 'count'>) => button(name, () => void store.act({ name }));

  return (
    <fieldset class="composer">
      <legend>Or send what you like, in any order</legend>
      <div class="bar">
        {simple('open')}
        {simple('list')}
        {listening ? (
          <button type="button" class="act" data-act="hang-up" onClick={() => store.hangUp()}>
            Close the GET stream
          </button>
        ) : (
          simple('listen')
        )}
        {simple('announce')}
        {simple('end')}
      </div>
      <form
        class="bar"
        onSubmit={(event) => {
          event.preventDefault();
          void store.act({ name: 'count', to: to.value, everyMs: everyMs.value });
        }}
      >
        <button type="submit" class="act" data-act="count" aria-disabled={!canAct('count', store.acting.value)}>
          {actLabels.count}
        </button>
        <label>
          to{' '}
          <input
            type="number"
            min="1"
            max="100"
            required
            value={to.value}
            onInput={({ currentTarget }) => {
              to.value = currentTarget.valueAsNumber;
            }}
          />
        </label>
        <label>
          every{' '}
          <input
            type="number"
            min="0"
            max="10000"
            required
            value={everyMs.value}
            onInput={({ currentTarget }) => {
              everyMs.value = currentTarget.valueAsNumber;
            }}
          />{' '}
          ms
        </label>
      </form>
    </fieldset>
  );
}
