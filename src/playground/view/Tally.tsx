import { Fragment } from 'preact';
import type { LessonStore } from './store.ts';

/** Which processes lost a request, and how many each: as the wire tells it, whoever sent them. */
export function Tally({ store }: { store: LessonStore }) {
  const { lost, lostBy } = store.tally.value;
  return (
    <p class="tally">
      {lost > 0 && (
        <>
          404 from{' '}
          {lostBy.map((one, index) => (
            <Fragment key={`${one.process}/${one.pid}`}>
              <span data-pid={one.pid} data-lost={one.lost}>
                <b>{one.process}</b> pid {one.pid} × {one.lost}
                {index < lostBy.length - 1 && ','}
              </span>{' '}
            </Fragment>
          ))}
        </>
      )}
    </p>
  );
}
