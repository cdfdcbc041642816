/**
 * The reader's lab, from the page's side: finds the server, starts a lab or goes on with the one this tab had, follows
 * its wire, keeps it alive while someone looks, and says at each moment what is the case.
 */

import type { WireEvent } from '../../../playground-server/lab/wire.ts';
import { beat, createLab, deleteLab, findServer, type LabHandle, LabRefused } from './api.ts';
import { claim, isUsedElsewhere } from './one-tab.ts';
import { watchPresence } from './presence.ts';
import { type StoredLab, storedLab, storeLab, tellSession } from './storage.ts';
import { followWire } from './wire-stream.ts';

export type LabStatus =
  /** Not known yet whether a server answers. */
  | { kind: 'looking' }
  | { kind: 'no-server' }
  /** A server answers, and nothing has begun. */
  | { kind: 'ready' }
  | { kind: 'starting' }
  | { kind: 'running'; wire: 'connecting' | 'live' | 'retrying' }
  /** The lab is over; its log stays on the screen. */
  | { kind: 'over' }
  /** The server has no lab to give, or could not be reached. */
  | { kind: 'refused'; message: string; retryAfterSeconds?: number };

export interface LabListener {
  onStatus: (status: LabStatus) => void;
  /** A lab is there: a new one, or the one this tab had (`stored` then says what it knew). */
  onLab: (lab: LabHandle, stored: StoredLab | undefined) => void;
  onEvents: (events: WireEvent[]) => void;
  /** The server knows that someone is looking: the lab does not go idle now. */
  onKept: () => void;
}

const beatMs = 30_000;

export class LabClient {
  readonly #deployment: string;
  readonly #listener: LabListener;
  #lab: LabHandle | undefined;
  #lastId = 0;
  #wire: AbortController | undefined;
  #beat: ReturnType<typeof setInterval> | undefined;
  #release: () => void = () => {};
  #unwatch: () => void = () => {};

  constructor(deployment: string, listener: LabListener) {
    this.#deployment = deployment;
    this.#listener = listener;
  }

  /** Finds the server, and goes on with this tab's lab if it still has one. */
  async begin(): Promise<void> {
    this.#listener.onStatus({ kind: 'looking' });
    const server = await findServer();
    if (!server) return this.#listener.onStatus({ kind: 'no-server' });
    const stored = storedLab();
    if (stored?.lab.deployment === this.#deployment) {
      const elsewhere = await isUsedElsewhere(stored.lab.id);
      if (!elsewhere && (await beat(stored.lab)) === 'there') return this.#use(stored.lab, stored);
      // Another tab's lab, or one that is over: neither it nor its session is this tab's.
      storeLab(undefined);
      tellSession(null);
    }
    this.#listener.onStatus({ kind: 'ready' });
  }

  /**
   * A new lab, in place of the one there was.
   * @returns it, or `undefined` when the server had none to give: the status then says why
   */
  async start(): Promise<LabHandle | undefined> {
    const left = this.#lab;
    this.dispose();
    this.#listener.onStatus({ kind: 'starting' });
    try {
      // First, because an address may have only so many labs at a time.
      if (left) await deleteLab(left);
      const lab = await createLab(this.#deployment);
      storeLab({ lab, nextRequestId: 1, opened: [] });
      tellSession(null);
      this.#use(lab, undefined);
      return lab;
    } catch (cause) {
      if (!(cause instanceof LabRefused)) {
        this.#listener.onStatus({ kind: 'refused', message: 'The playground server did not answer.' });
        return undefined;
      }
      const { message, retryAfterSeconds } = cause;
      this.#listener.onStatus({
        kind: 'refused',
        message,
        ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
      });
      return undefined;
    }
  }

  /** Says that someone is looking, which takes back a warning that the lab goes idle. */
  async keep(): Promise<void> {
    if (!this.#lab) return;
    const answer = await beat(this.#lab);
    if (answer === 'there') this.#listener.onKept();
    if (answer === 'gone') this.#over();
  }

  /** Lets go of everything: the stream, the beat, the listeners. The lab itself lives on until it is idle. */
  dispose(): void {
    this.#away();
    this.#release();
    this.#unwatch();
    this.#lab = undefined;
  }

  #use(lab: LabHandle, stored: StoredLab | undefined): void {
    this.#lab = lab;
    this.#lastId = 0;
    this.#listener.onLab(lab, stored);
    this.#unwatch = watchPresence({ onHere: () => this.#back(), onAway: () => this.#away() });
    this.#here();
  }

  /** Someone looks again: the lab may have been about to go idle, or gone meanwhile. */
  #back(): void {
    this.#here();
    void this.keep();
  }

  #here(): void {
    const lab = this.#lab;
    if (!lab || this.#wire) return;
    this.#release();
    this.#release = claim(lab.id);
    this.#beat = setInterval(() => {
      if (document.visibilityState === 'visible') void this.keep();
    }, beatMs);
    const wire = new AbortController();
    this.#wire = wire;
    void followWire({
      lab,
      after: this.#lastId,
      signal: wire.signal,
      onEvents: (events) => this.#receive(events),
      onState: (state) => {
        if (state === 'gone') this.#over();
        else if (this.#lab === lab) this.#listener.onStatus({ kind: 'running', wire: state });
      },
    });
  }

  #away(): void {
    this.#wire?.abort();
    this.#wire = undefined;
    clearInterval(this.#beat);
    this.#release();
  }

  #receive(events: WireEvent[]): void {
    for (const { id } of events) this.#lastId = Math.max(this.#lastId, id);
    this.#listener.onEvents(events);
  }

  #over(): void {
    if (!this.#lab) return;
    this.dispose();
    storeLab(undefined);
    tellSession(null);
    this.#listener.onStatus({ kind: 'over' });
  }
}
