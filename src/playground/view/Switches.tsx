import { type DeploymentId, deployments } from '../../../playground-server/lab/deployments.ts';
import type { ConnectionMode } from '../../../playground-server/lab/wire.ts';
import type { LessonStore } from './store.ts';

const connections: readonly { mode: ConnectionMode; title: string; shows: string }[] = [
  { mode: 'fresh', title: 'Fresh', shows: 'The router chooses a process for each request.' },
  {
    mode: 'kept',
    title: 'Kept',
    shows: 'The router chooses once, and all requests of this page go where the first went.',
  },
];

/** Which deployment runs. Another one is another lab, in place of the one there is. */
export function DeploymentSwitch({ store, onChoose }: { store: LessonStore; onChoose: (id: DeploymentId) => void }) {
  const chosen = store.deployment.value;
  const offered = store.server.value?.deployments;
  const refused = offered?.filter(({ available }) => !available) ?? [];
  return (
    <fieldset class="switch">
      <legend>Deployment</legend>
      <div class="segments">
        {deployments.map(({ id, title }) => (
          <label key={id}>
            <input
              type="radio"
              name="deployment"
              value={id}
              checked={id === chosen}
              disabled={refused.some((one) => one.id === id)}
              onChange={() => onChoose(id)}
            />
            <span>{title}</span>
          </label>
        ))}
      </div>
      <p class="hint">{deployments.find(({ id }) => id === chosen)?.shows}</p>
      {refused.map(({ id, title, reason }) => (
        <p key={id} class="hint">
          {title}: {reason}
        </p>
      ))}
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
