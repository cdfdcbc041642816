/**
 * The wire log as the page keeps it: events in order of their ids, none twice, and no more than a page can draw.
 */

import type { WireEvent } from '../../../playground-server/lab/wire.ts';
import { noProcesses, type ProcessBox, processesAfter } from './processes.ts';
import { type RouterBox, routerAfter } from './router-box.ts';
import { emptyStore, type StoreBox, storeAfter } from './store-box.ts';

/** How many events the page keeps. What is older leaves, and the figure says so. */
const maxEvents = 2_000;

export interface WireLog {
  readonly events: readonly WireEvent[];
  /** The id to resume after. 0: nothing was received yet. */
  readonly lastId: number;
  /** How many events came before the first one kept, as far as is known. */
  readonly missing: number;
  /** What the processes were when the first kept event happened. */
  readonly before: readonly ProcessBox[];
  /** What they are after the last: kept, since to gather it from the whole log anew would be paid for with each frame. */
  readonly processes: readonly ProcessBox[];
  /** What the router is after the last; `undefined` before the lab began. */
  readonly router: RouterBox | undefined;
  /** What is in the store after the last, where the processes share one. */
  readonly store: StoreBox;
  /** When the first request came, once it has left: times go on counting from there, so that no row changes for it. */
  readonly beganAtMs: number | undefined;
}

export const emptyLog: WireLog = {
  events: [],
  lastId: 0,
  missing: 0,
  before: noProcesses,
  processes: noProcesses,
  router: undefined,
  store: emptyStore,
  beganAtMs: undefined,
};

/**
 * The log with `received` added. Events that are already there are left out, so a stream that resumes may repeat itself.
 * @param limit how many events to keep
 */
export function append(log: WireLog, received: readonly WireEvent[], limit = maxEvents): WireLog {
  let { lastId, missing, beganAtMs } = log;
  const fresh: WireEvent[] = [];
  for (const event of received) {
    if (event.body.type === 'log-gap') {
      // What the server dropped before this reader had it: everything between what we have and what it kept.
      missing += Math.max(0, event.body.firstKept - lastId - 1);
      lastId = Math.max(lastId, event.body.firstKept - 1);
      fresh.push(event);
    } else if (event.id > lastId) {
      lastId = event.id;
      fresh.push(event);
    }
  }
  if (fresh.length === 0) return log;
  const all = [...log.events, ...fresh];
  const leaving = all.slice(0, Math.max(0, all.length - limit));
  for (const { body, atMs } of leaving) if (body.type === 'request-arrived') beganAtMs ??= atMs;
  return {
    events: all.slice(leaving.length),
    lastId,
    missing: missing + leaving.length,
    before: processesAfter(log.before, leaving),
    processes: processesAfter(log.processes, fresh),
    router: routerAfter(log.router, fresh),
    store: storeAfter(log.store, fresh),
    beganAtMs,
  };
}

/** More than a reader can follow: the newest events came at a rate of 150 a second or more, which is some 50 rows. */
export function isFlood(events: readonly WireEvent[]): boolean {
  const newest = events.at(-1);
  const earlier = events.at(-150);
  return newest !== undefined && earlier !== undefined && newest.atMs - earlier.atMs < 1_000;
}
