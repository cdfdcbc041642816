/** The recording that takes the place of a lab when there is none to be had. */

import { signal } from '@preact/signals';
import type { WireEvent } from '../../../playground-server/lab/wire.ts';
import type { playRecording, RecordedRun } from '../client/recorded-run.ts';
import type { Recording } from '../model/recording.ts';

export interface Recorded {
  why: 'no-server' | 'busy';
  /** The day of the real run. */
  day: string;
  playing: boolean;
}

type Play = typeof playRecording;

export interface RecordedOptions {
  /** Another log begins. */
  onBegin: () => void;
  onEvents: (events: readonly WireEvent[]) => void;
}

export function createRecordedState({ onBegin, onEvents }: RecordedOptions) {
  /** Absent: what is shown is live, or nothing. */
  const recorded = signal<Recorded | undefined>(undefined);
  let run: RecordedRun | undefined;
  /** Of the latest wish, whatever came of those before. */
  let wish = 0;

  function stop(): void {
    wish += 1;
    run?.stop();
    run = undefined;
    recorded.value = undefined;
  }

  function begin({ events, recorded: day }: Recording, why: Recorded['why'], play: Play): void {
    onBegin();
    recorded.value = { why, day, playing: true };
    const end = (): void => {
      if (recorded.value) recorded.value = { ...recorded.value, playing: false };
    };
    run = play(events, onEvents, end);
    // What moves by itself is for those who want it.
    if (matchMedia('(prefers-reduced-motion: reduce)').matches) run.skip();
  }

  return {
    recorded,
    stop,
    /** Plays the recording of a lesson, if there is one. */
    play: async (lesson: string, why: Recorded['why']): Promise<void> => {
      stop();
      const mine = wish;
      // Most pages find a server, and play nothing.
      const { fetchRecording, playRecording } = await import('./without-lab.ts');
      const recording = await fetchRecording(lesson);
      if (recording && mine === wish) begin(recording, why, playRecording);
    },
    skip: () => run?.skip(),
  };
}
