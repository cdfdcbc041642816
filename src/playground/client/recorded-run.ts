/** Plays a recording, each event as long after the one before as it was in the real run. */

import type { WireEvent } from '../../../playground-server/lab/wire.ts';
import { type Recording, recordingPath } from '../model/recording.ts';

/** @returns `undefined` when there is none, or it cannot be had */
export async function fetchRecording(lesson: string): Promise<Recording | undefined> {
  try {
    const response = await fetch(recordingPath(lesson));
    return response.ok ? ((await response.json()) as Recording) : undefined;
  } catch {
    return undefined;
  }
}

export interface RecordedRun {
  /** Gives all that is left at once. */
  skip: () => void;
  stop: () => void;
}

/**
 * Plays these events from the first on.
 * @param onEvents given what is due, in order
 * @param onEnd there is nothing more to come
 */
export function playRecording(
  events: readonly WireEvent[],
  onEvents: (events: WireEvent[]) => void,
  onEnd: () => void,
): RecordedRun {
  const beganAt = performance.now() - (events[0]?.atMs ?? 0);
  let next = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function giveUntil(atMs: number): void {
    const from = next;
    while ((events[next]?.atMs ?? Number.POSITIVE_INFINITY) <= atMs) next += 1;
    if (next > from) onEvents(events.slice(from, next));
    const following = events[next];
    if (following) timer = setTimeout(play, Math.max(0, beganAt + following.atMs - performance.now()));
    else onEnd();
  }
  function play(): void {
    giveUntil(performance.now() - beganAt);
  }

  play();
  return {
    skip: () => {
      clearTimeout(timer);
      if (next < events.length) giveUntil(Number.MAX_VALUE);
    },
    stop: () => clearTimeout(timer),
  };
}
