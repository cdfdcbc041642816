/**
 * What a tab remembers of its lab, so that a reload or the next page of the site goes on with it.
 *
 * `lab-page` is the playground's own. `lab` is for the snippets of the page: the endpoint, the session and the last
 * event id of the reader, told to them by the event `lab:session` as well.
 */

import type { ClientSession } from '../../../playground-server/wire-client/index.ts';
import type { LabHandle } from './api.ts';

export interface StoredLab {
  lab: LabHandle;
  session?: ClientSession;
  nextRequestId: number;
  /** Full ids of all sessions that this tab opened in the lab. */
  opened: string[];
}

/** What the snippets of a page may fill in. */
export interface ReaderSession {
  endpoint: string;
  session: string;
  lastEventId?: string;
}

const pageKey = 'lab-page';
const snippetKey = 'lab';

export function storedLab(): StoredLab | undefined {
  try {
    const value = JSON.parse(sessionStorage.getItem(pageKey) ?? 'null') as Partial<StoredLab> | null;
    const whole =
      typeof value?.lab?.id === 'string' && typeof value.lab.token === 'string' && Array.isArray(value.opened);
    return whole ? (value as StoredLab) : undefined;
  } catch {
    return undefined;
  }
}

/** `undefined` forgets the lab. */
export function storeLab(lab: StoredLab | undefined): void {
  store(pageKey, lab);
}

/** Tells the page's snippets which session they may use, or that there is none. */
export function tellSession(session: ReaderSession | null): void {
  store(snippetKey, session ?? undefined);
  document.dispatchEvent(new CustomEvent('lab:session', { detail: session }));
}

function store(key: string, value: unknown): void {
  try {
    if (value === undefined) sessionStorage.removeItem(key);
    else sessionStorage.setItem(key, JSON.stringify(value));
  } catch {
    // Storage may be blocked: the lab then lasts as long as the page.
  }
}
