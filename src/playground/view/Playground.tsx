import { useSignal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { lessonTitles } from '../../lessons/titles.ts';
import { firstDeployment } from '../model/address.ts';
import { Controls } from './Controls.tsx';
import { LabTools } from './LabTools.tsx';
import { LiveFigure } from './LiveFigure.tsx';
import { LiveSummary } from './LiveSummary.tsx';
import { Steps } from './Steps.tsx';
import { ConnectionSwitch, DeploymentSwitch, EraSwitch, hasRouter } from './Switches.tsx';
import { createLessonStore, type LessonStore } from './store.ts';
import { Tally } from './Tally.tsx';
import { useAddress } from './use-address.ts';

/** Everything at once: any lesson or none, any deployment, and whatever the reader likes to send. */
export function Playground() {
  const store = useMemo(
    () => createLessonStore({ lesson: undefined, deployment: firstDeployment, era: 'handshake', connection: 'fresh' }),
    [],
  );
  const ready = useSignal(false);
  useAddress(store, true);
  useEffect(() => {
    ready.value = true;
  }, [ready]);

  return (
    <div class="lesson playground">
      <div class="choices">
        <LessonChoice store={store} />
        <DeploymentSwitch store={store} onChoose={(deployment) => void choose(store, { deployment })} />
        <EraSwitch store={store} onChoose={(era) => void choose(store, { era })} />
        {hasRouter(store) && <ConnectionSwitch store={store} />}
      </div>
      <div class="doing">
        <Controls store={store} ready={ready.value} />
        <Steps store={store} />
        <LabTools store={store} />
      </div>
      <div class="seeing">
        <div class="over-figure">
          <Tally store={store} />
          <Export store={store} />
        </div>
        <LiveFigure store={store} details="in-place" />
      </div>
      <LiveSummary store={store} />
    </div>
  );
}

type Chosen = Parameters<LessonStore['choose']>[0];

/** Changes a part of what is chosen. */
function choose(store: LessonStore, change: Partial<Chosen>): Promise<void> {
  const { lesson, deployment, era, connection } = store;
  const now = {
    lesson: lesson.value,
    deployment: deployment.value,
    era: era.value,
    connection: connection.value,
  };
  return store.choose({ ...now, ...change });
}

function LessonChoice({ store }: { store: LessonStore }) {
  return (
    <label class="lesson-choice">
      <span>Lesson</span>
      <select
        value={store.lesson.value?.id ?? ''}
        onChange={({ currentTarget }) => {
          const lesson = lessonTitles.find(({ id }) => id === currentTarget.value);
          void choose(store, {
            lesson,
            ...(lesson && {
              deployment: lesson.deployment,
              era: lesson.era ?? 'handshake',
              connection: 'fresh' as const,
            }),
          });
        }}
      >
        <option value="">None: do what you like</option>
        {lessonTitles.map(({ id, title }) => (
          <option key={id} value={id}>
            {title}
          </option>
        ))}
      </select>
    </label>
  );
}

function Export({ store }: { store: LessonStore }) {
  if (store.log.value.events.length === 0) return null;
  const lab = store.lab.value;
  return (
    <span class="bar">
      <button type="button" class="act" data-act="export" onClick={() => void store.exportAs('json')}>
        Export as JSON
      </button>
      {lab && (
        <button type="button" class="act" data-act="export-har" onClick={() => void store.exportAs('har')}>
          HAR
        </button>
      )}
      {lab && (
        <button type="button" class="act" data-act="export-md" onClick={() => void store.exportAs('md')}>
          Markdown
        </button>
      )}
    </span>
  );
}
