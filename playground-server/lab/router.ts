/** Which process serves a request: a pure choice, so that a reader can be told its reason. */

import type { Deployment } from './deployments.ts';
import type { ProcessName } from './wire.ts';

export interface Choice {
  process: ProcessName;
  /** One sentence for the reader. */
  why: string;
}

/** @throws RangeError when there is no process to choose from */
export function chooseProcess(router: Deployment['router'], processes: readonly ProcessName[]): Choice {
  const [first] = processes;
  if (first === undefined) throw new RangeError('A lab has at least one process.');
  switch (router) {
    case 'none':
      return { process: first, why: 'It is the only process.' };
  }
}
