import type { ProcessName } from '../../../playground-server/lab/wire.ts';
import type { Lifelines } from './lifelines.ts';

/** The lifelines as they pass a row. A process that is dead there has none. */
export function Lives({ lifelines, down }: { lifelines: Lifelines; down: readonly ProcessName[] }) {
  return (
    <>
      {lifelines.lanes.map(({ lane, x }) => {
        const dead = (down as readonly string[]).includes(lane);
        return <line key={lane} class={dead ? 'life dead' : 'life'} x1={`${x}%`} x2={`${x}%`} y1="0" y2="100%" />;
      })}
    </>
  );
}
