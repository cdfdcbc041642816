import type { Lane } from '../model/rows.ts';
import type { Lifelines } from './lifelines.ts';

/** The lifelines as they pass a row. A process that is dead there has none, nor has a store out of reach. */
export function Lives({ lifelines, down }: { lifelines: Lifelines; down: readonly Lane[] }) {
  return (
    <>
      {lifelines.lanes.map(({ lane, x }) => {
        const dead = down.includes(lane);
        return <line key={lane} class={dead ? 'life dead' : 'life'} x1={`${x}%`} x2={`${x}%`} y2="100%" />;
      })}
    </>
  );
}
