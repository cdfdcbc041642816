import { type DeploymentId, deployments } from '../../../playground-server/lab/deployments.ts';
import type { ConnectionMode } from '../../../playground-server/lab/wire.ts';
import type { Era } from '../model/lesson.ts';
import type { LessonStore } from './store.ts';

const connections: readonly { mode: ConnectionMode; title: string; shows: string }[] = [
  { mode: 'fresh', title: 'Fresh', shows: 'The router chooses a process for each request.' },
  {
    mode: 'kept',
    title: 'Kept',
    shows: 'The router chooses once, and all requests of this page go where the first went.',
  },
];

/** What a switch has room for. The whole title stands under it, once chosen. */
const shortTitles: Readonly<Record<DeploymentId, string>> = {
  single: 'One process',
  forked: 'Four processes',
  hashed: 'Four, hashed',
  sticky: 'Four, sticky',
  shared: 'Four, sharing',
  stateless: 'Four, no sessions',
};

const inModernEra = 'Any process answers; what one asked back, it alone opens.';
const inModernEraShared = 'Any process answers, and opens what another one asked back.';

/** Which deployment runs. Another one is another lab, in place of the one there is. */
export function DeploymentSwitch({ store, onChoose }: { store: LessonStore; onChoose: (id: DeploymentId) => void }) {
  const chosen = store.deployment.value;
  const offered = store.server.value?.deployments;
  const now = deployments.find(({ id }) => id === chosen);
  const refused = offered?.filter(({ available }) => !available) ?? [];
  return (
    <fieldset class="switch many">
      <legend>Deployment</legend>
      <div class="segments">
        {deployments.map(({ id }) => (
          <label key={id}>
            <input
              type="radio"
              name="deployment"
              value={id}
              checked={id === chosen}
              disabled={refused.some((one) => one.id === id)}
              onChange={() => onChoose(id)}
            />
            <span>{shortTitles[id]}</span>
          </label>
        ))}
      </div>
      <p class="hint">
        {now?.title !== shortTitles[chosen] && <b>{now?.title}. </b>}
        {store.era.value !== 'modern' ? now?.shows : chosen === 'shared' ? inModernEraShared : inModernEra}
      </p>
      {refused.map(({ id, title, reason }) => (
        <p key={id} class="hint">
          {title}: {reason}
        </p>
      ))}
    </fieldset>
  );
}

const eras: readonly { era: Era; title: string; shows: string }[] = [
  { era: 'handshake', title: '2025-11-25', shows: 'Handshake: a session is opened first.' },
  { era: 'modern', title: '2026-07-28', shows: 'Modern: each request carries all it needs.' },
];

/** Which era the page's own client speaks: the processes speak both, so that nothing else changes. */
export function EraSwitch({ store, onChoose }: { store: LessonStore; onChoose: (era: Era) => void }) {
  const chosen = store.era.value;
  return (
    <fieldset class="switch">
      <legend>Era</legend>
      <div class="segments">
        {eras.map(({ era, title }) => (
          <label key={era}>
            <input type="radio" name="era" value={era} checked={era === chosen} onChange={() => onChoose(era)} />
            <span>{title}</span>
          </label>
        ))}
      </div>
      <p class="hint">{eras.find(({ era }) => era === chosen)?.shows}</p>
    </fieldset>
  );
}

/** How the router treats connections. It can be changed while the lab runs. */
export function ConnectionSwitch({ store }: { store: LessonStore }) {
  const chosen = store.connection.value;
  return (
    <fieldset class="switch">
      <legend>Connections</legend>
      <div class="segments">
        {connections.map(({ mode, title }) => (
          <label key={mode}>
            <input
              type="radio"
              name="connection"
              value={mode}
              checked={mode === chosen}
              disabled={store.recorded.value !== undefined}
              onChange={() => void store.setConnection(mode)}
            />
            <span>{title}</span>
          </label>
        ))}
      </div>
      <p class="hint">{connections.find(({ mode }) => mode === chosen)?.shows}</p>
    </fieldset>
  );
}

/** Whether there is a choice of process at all. */
export function hasRouter(store: LessonStore): boolean {
  return deployments.some(({ id, router }) => id === store.deployment.value && router !== 'none');
}
