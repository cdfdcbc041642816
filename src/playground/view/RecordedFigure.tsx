import { signal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import type { WireEvent } from '../../../playground-server/lab/wire.ts';
import { append, emptyLog } from '../model/wire-log.ts';
import { Figure } from './Figure.tsx';
import { FigureTools } from './FigureTools.tsx';
import { createFigureState } from './figure-state.ts';

interface Props {
  /** A wire log from its beginning. */
  events: readonly WireEvent[];
  deployment: string;
}

/**
 * A run that is over, whole: rendered at build time it needs no script, and goes to paper as it is. With a script it can
 * be read as closely as a live one.
 */
export function RecordedFigure({ events, deployment }: Props) {
  const state = useMemo(() => {
    const log = signal(append(emptyLog, events));
    return createFigureState(log, () => deployment);
  }, [events, deployment]);
  return <Figure state={state} details="in-place" Tools={FigureTools} status={{ word: 'recorded', live: false }} />;
}
