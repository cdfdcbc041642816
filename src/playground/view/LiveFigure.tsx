import { Figure, type FigureProps } from './Figure.tsx';
import { SelectedExchange } from './SelectedExchange.tsx';
import type { LessonStore } from './store.ts';
import { useLoaded } from './use-loaded.ts';

/** The figure of what the page shows now: a lab as it runs, or the recording that takes its place. */
export function LiveFigure({ store, details }: { store: LessonStore; details: FigureProps['details'] }) {
  const { figure, lab, recorded } = store;
  const isLab = lab.value !== undefined;
  const tools = useLoaded(!figure.empty.value, () => import('./FigureTools.tsx'));
  return (
    <>
      <Figure
        state={figure}
        status={statusOf(store)}
        details={details}
        Tools={tools?.FigureTools}
        stillTo={store.stillTo}
        count={store.tally.value}
        onKill={isLab && !recorded.value && store.status.value.kind === 'running' ? store.kill : undefined}
        onCopy={isLab ? store.copyAs : undefined}
      />
      {details === 'elsewhere' && (
        <div class="lesson-below">
          <SelectedExchange state={figure} onCopy={isLab ? store.copyAs : undefined} />
        </div>
      )}
    </>
  );
}

function statusOf({ recorded, status }: LessonStore): FigureProps['status'] {
  if (recorded.value) return { word: 'recorded', live: recorded.value.playing };
  if (status.value.kind !== 'running') return { word: 'ended', live: false };
  return status.value.wire === 'retrying' ? { word: 'reconnecting', live: false } : { word: 'live', live: true };
}
