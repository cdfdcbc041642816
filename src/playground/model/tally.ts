/** How many requests there were and how many were lost, counted from the wire as it comes. */

import type { ProcessName, WireEvent } from '../../../playground-server/lab/wire.ts';

export interface Tally {
  requests: number;
  /** Answered 404: the process that was asked had no such session. */
  lost: number;
  /** By the processes that answered so, in order of their first loss; a successor counts by itself. */
  lostBy: readonly { process: ProcessName; pid: number | undefined; lost: number }[];
}

export const noTally: Tally = { requests: 0, lost: 0, lostBy: [] };

/** @returns a function that counts more events, none of which may be given twice, and says what it all comes to */
export function createTally(): (events: readonly WireEvent[]) => Tally {
  let tally = noTally;
  const pids = new Map<ProcessName, number>();
  /** Who was chosen for the exchanges that have no answer yet. */
  const asked = new Map<string, ProcessName>();

  function count({ exchange = '', body }: WireEvent): void {
    switch (body.type) {
      case 'process-started':
        pids.set(body.process, body.pid);
        return;
      case 'request-arrived':
        tally = { ...tally, requests: tally.requests + 1 };
        return;
      case 'process-chosen':
        asked.set(exchange, body.process);
        return;
      case 'response-head': {
        const process = asked.get(exchange);
        if (body.status === 404 && process) tally = { ...tally, ...lose(tally, process, pids.get(process)) };
        asked.delete(exchange);
        return;
      }
      case 'response-end':
      case 'process-failed':
        asked.delete(exchange);
        return;
    }
  }

  return (events) => {
    for (const event of events) count(event);
    return tally;
  };
}

function lose({ lost, lostBy }: Tally, process: ProcessName, pid: number | undefined): Partial<Tally> {
  const known = lostBy.some((one) => one.process === process && one.pid === pid);
  const more = known ? lostBy : [...lostBy, { process, pid, lost: 0 }];
  return {
    lost: lost + 1,
    lostBy: more.map((one) => (one.process === process && one.pid === pid ? { ...one, lost: one.lost + 1 } : one)),
  };
}
