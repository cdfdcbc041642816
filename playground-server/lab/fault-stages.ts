/** What a proxy in the way does to an answer: holds bytes back, or breaks off what is quiet. */

import type { LastingFaults } from './faults.ts';

export interface DownstreamStages {
  /** Takes what the worker sent. */
  push(chunk: Buffer): void;
  /** The worker's answer is complete: what is held back goes on. */
  flush(): void;
  [Symbol.dispose](): void;
}

/**
 * @param forward hands bytes on to the client
 * @param cut breaks the exchange off
 */
export function downstreamStages(
  { bufferBytes, cutIdleMs }: LastingFaults,
  forward: (chunk: Buffer) => void,
  cut: () => void,
): DownstreamStages {
  let held: Buffer[] = [];
  let heldBytes = 0;
  let timer: NodeJS.Timeout | undefined;
  const moved = (): void => {
    clearTimeout(timer);
    if (cutIdleMs > 0) timer = setTimeout(cut, cutIdleMs);
  };
  const flush = (): void => {
    if (heldBytes === 0) return;
    const all = Buffer.concat(held);
    held = [];
    heldBytes = 0;
    forward(all);
  };
  moved();
  return {
    push(chunk) {
      // What the proxy reads counts, not what it passes on.
      moved();
      held.push(chunk);
      heldBytes += chunk.length;
      if (heldBytes >= bufferBytes) flush();
    },
    flush,
    [Symbol.dispose]: () => clearTimeout(timer),
  };
}
