import type { ClaimStore } from './backplane.ts';

/** Claims of one process. What has expired is forgotten when the next one is acquired, so there is no timer. */
export class MemoryClaims implements ClaimStore {
  readonly #now: () => number;
  readonly #held = new Map<string, { fence: number; until: number }>();
  #lastFence = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  acquire(name: string, ttlMs: number): number | null {
    const now = this.#now();
    this.#forgetExpired(now);
    const held = this.#held.get(name);
    if (held && held.until > now) return null;
    const fence = ++this.#lastFence;
    // Again at the end: a map keeps the order of insertion, and the oldest are looked at first.
    this.#held.delete(name);
    this.#held.set(name, { fence, until: now + ttlMs });
    return fence;
  }

  renew(name: string, fence: number, ttlMs: number): boolean {
    const held = this.#held.get(name);
    const now = this.#now();
    if (held?.fence !== fence || held.until <= now) return false;
    // At the end, as in `acquire`: renewed claims at the head would hide what has expired behind them.
    this.#held.delete(name);
    this.#held.set(name, { fence, until: now + ttlMs });
    return true;
  }

  release(name: string, fence: number): void {
    if (this.#held.get(name)?.fence === fence) this.#held.delete(name);
  }

  /** A few at a time: over the acquisitions that fill the map, all are looked at. */
  #forgetExpired(now: number): void {
    let looked = 0;
    for (const [name, { until }] of this.#held) {
      if (++looked > 4) return;
      if (until <= now) this.#held.delete(name);
    }
  }
}
