import { useSignal } from '@preact/signals';
import { canAct, labelOf, mostStreams, whoamiTimes } from '../model/acts.ts';
import type { ActName } from '../model/lesson.ts';
import { hasRouter } from './Switches.tsx';
import type { LessonStore } from './store.ts';
import { ToolCall } from './ToolCall.tsx';

/** The common acts as buttons, in any order the reader likes, and every tool with a form of its own. */
export function Composer({ store }: { store: LessonStore }) {
  if (!store.lab.value) return null;
  const { listening } = store.acting.value;
  const button = (name: ActName) => {
    const possible = canAct(name, store.acting.value);
    // Not `disabled`: the button that was just pressed would lose the focus.
    return (
      <button
        type="button"
        class="act"
        data-act={name}
        aria-disabled={!possible}
        onClick={() => possible && void store.act(name)}
      >
        {labelOf(name, store.era.value)}
      </button>
    );
  };

  return (
    <fieldset class="composer">
      <legend>Or send what you like, in any order</legend>
      <div class="bar">
        {button('open')}
        {button('list')}
        {listening < mostStreams[store.era.value] && button('listen')}
        {listening > 0 && (
          <button type="button" class="act" data-act="hang-up" onClick={() => store.hangUp()}>
            {labelOf('close', store.era.value)}
          </button>
        )}
        {store.acting.value.broken && button('resume')}
        {store.era.value === 'handshake' && button('end')}
      </div>
      {hasRouter(store) && (
        <div class="bar">
          <Whoami store={store} />
          <Kill store={store} />
        </div>
      )}
      <ToolCall store={store} />
    </fieldset>
  );
}

/** The call that says which process answers, as often as the reader likes. */
function Whoami({ store }: { store: LessonStore }) {
  const times = useSignal(whoamiTimes);
  const possible = canAct('whoami', store.acting.value);
  return (
    <form
      class="bar"
      onSubmit={(event) => {
        event.preventDefault();
        if (possible) void store.whoami(times.value);
      }}
    >
      <button type="submit" class="act" data-act="whoami" aria-disabled={!possible}>
        Call whoami
      </button>
      <label>
        <input
          type="number"
          min="1"
          max="50"
          required
          value={times.value}
          onInput={({ currentTarget }) => {
            times.value = currentTarget.valueAsNumber;
          }}
        />{' '}
        times
      </label>
    </form>
  );
}

function Kill({ store }: { store: LessonStore }) {
  const chosen = useSignal('');
  const alive = store.boxes.value.filter((box) => box.alive);
  const holder = store.acting.value.holder;
  const process =
    alive.find(({ name }) => name === chosen.value) ?? alive.find(({ name }) => name === holder) ?? alive[0];
  return (
    <span class="bar">
      <button
        type="button"
        class="act"
        data-act="kill"
        aria-disabled={!process}
        onClick={() => process && void store.kill(process.name)}
      >
        Kill
      </button>
      <select
        aria-label="The process to kill"
        value={process?.name}
        onChange={({ currentTarget }) => {
          chosen.value = currentTarget.value;
        }}
      >
        {alive.map(({ name, pid }) => (
          <option key={name} value={name}>
            {name}, pid {pid}
          </option>
        ))}
      </select>
    </span>
  );
}
