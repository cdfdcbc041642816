/**
 * The reader's lab, from the page's side: finds the server, starts a lab or goes on with the one this tab had, follows
 * its wire, keeps it alive while someone looks, and says at each moment what is the case.
 */

import type { DeploymentsAnswer } from '../../../playground-server/lab/api.ts';
import type { WireEvent } from '../../../playground-server/lab/wire.ts';
import { beat, createLab, deleteLab, findServer, type LabHandle, LabRefused, type WantedLab } from './api.ts';
import { askOtherTabs, claim, wouldStarve } from './one-tab.ts';
import { watchPresence } from './presence.ts';
import { type StoredLab, storedLab, storeLab, tellSession } from './storage.ts';
import type { WireOptions } from './wire-stream.ts';

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
  /** Every lab is in use. */
  | { kind: 'busy' }
  /** Other tabs hold the browser's connections to this site: here, requests would wait for ever. */
  | { kind: 'starved' }
  /** The server has no lab to give to this reader now. */
  | { kind: 'refused'; message: string; retryAfterSeconds?: number };

export interface LabListener {
  onStatus: (status: LabStatus) => void;
  /** What the server offers. */
  onServer: (server: DeploymentsAnswer) => void;
  /** A lab is there: a new one, or the one this tab had (`stored` then says what it knew). */
  onLab: (lab: LabHandle, stored: StoredLab | undefined) => Promise<void>;
  onEvents: (events: WireEvent[]) => void;
  /** The server knows that someone is looking: the lab does not go idle now. */
  onKept: () => void;
  /** The reader leaves the page. */
  onLeave: () => void;
  /** How many streams of its own the page holds open, besides the wire. */
  streams: () => number;
}

const beatMs = 30_000;

/** Loaded with the first lab: who only looks at a page follows no wire. */
async function follow(options: WireOptions): Promise<void> {
  const { followWire } = await import('./wire-stream.ts');
  await followWire(options);
}

export class LabClient {
  readonly #listener: LabListener;
  #lab: LabHandle | undefined;
  #lastId = 0;
  #wire: AbortController | undefined;
  #beat: ReturnType<typeof setInterval> | undefined;
  #release: () => void = () => {};
  #unwatch: () => void = () => {};

  constructor(listener: LabListener) {
    this.#listener = listener;
  }

  /** Finds the server, and goes on with this tab's lab if it still has one of this deployment. */
  async begin(deployment: string): Promise<void> {
    this.#listener.onStatus({ kind: 'looking' });
    const server = await findServer();
    if (!server) return this.#listener.onStatus({ kind: 'no-server' });
    this.#listener.onServer(server);
    const stored = storedLab();
    if (stored?.lab.deployment === deployment) {
      const elsewhere = await askOtherTabs(stored.lab.id);
      if (!elsewhere.inUse && (await beat(stored.lab)) === 'there') return this.#use(stored.lab, stored);
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
  async start(wanted: WantedLab): Promise<LabHandle | undefined> {
    this.#listener.onStatus({ kind: 'starting' });
    const left = this.#lab ?? storedLab()?.lab;
    const elsewhere = await askOtherTabs(left?.id);
    this.dispose();
    if (wouldStarve(elsewhere.streams, 1)) {
      this.#listener.onStatus({ kind: 'starved' });
      return undefined;
    }
    try {
      // First, because an address may have only so many labs at a time.
      if (left && !elsewhere.inUse) await deleteLab(left);
      const lab = await createLab(wanted);
      storeLab({ lab, nextRequestId: 1, opened: [] });
      tellSession(null);
      await this.#use(lab, undefined);
      return lab;
    } catch (cause) {
      this.#listener.onStatus(refusedStatus(cause));
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

  /** Whether one more stream of this page's own would leave no connection to send anything on. */
  async wouldStarve(): Promise<boolean> {
    const { streams } = await askOtherTabs();
    return wouldStarve(streams, 1 + this.#listener.streams() + 1);
  }

  /** Lets go of everything: the stream, the beat, the listeners. The lab itself lives on until it is idle. */
  dispose(): void {
    this.#away();
    this.#release();
    this.#unwatch();
    this.#lab = undefined;
  }

  async #use(lab: LabHandle, stored: StoredLab | undefined): Promise<void> {
    this.#lab = lab;
    this.#lastId = 0;
    await this.#listener.onLab(lab, stored);
    // Another one was asked for meanwhile.
    if (this.#lab !== lab) return;
    this.#unwatch = watchPresence({
      onHere: () => this.#back(),
      onAway: () => this.#away(),
      onLeave: () => this.#listener.onLeave(),
    });
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
    this.#release = claim(lab.id, () => 1 + this.#listener.streams());
    this.#beat = setInterval(() => {
      if (document.visibilityState === 'visible') void this.keep();
    }, beatMs);
    const wire = new AbortController();
    this.#wire = wire;
    void follow({
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

function refusedStatus(cause: unknown): LabStatus {
  // It answered a moment ago, or another page of this site did: now it does not.
  if (!(cause instanceof LabRefused)) return { kind: 'no-server' };
  const { problem, message, retryAfterSeconds } = cause;
  if (problem === 'labs-full') return { kind: 'busy' };
  return { kind: 'refused', message, ...(retryAfterSeconds !== undefined && { retryAfterSeconds }) };
}
