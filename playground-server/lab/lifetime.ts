/** How long a lab may live: until nobody has used it for a while, and never past its age. */

export interface LifetimeBounds {
  idleTimeoutMs: number;
  idleWarningMs: number;
  maxAgeMs: number;
}

export interface LifetimeEvents {
  /** Once in each idle spell, `idleWarningMs` before the end. */
  onIdle(endsAt: Date): void;
  onEnd(reason: 'idle' | 'age'): void;
}

export class Lifetime {
  readonly #bounds: LifetimeBounds;
  readonly #events: LifetimeEvents;
  #bornMs = performance.now();
  #usedMs = this.#bornMs;
  #warned = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(bounds: LifetimeBounds, events: LifetimeEvents) {
    this.#bounds = bounds;
    this.#events = events;
  }

  /** Time runs from now on. */
  begin(): void {
    this.#bornMs = performance.now();
    this.#usedMs = this.#bornMs;
    this.#arm();
  }

  /** Someone used the lab. Costs no timer: the one that runs looks when it fires. */
  touch(): void {
    this.#usedMs = performance.now();
    this.#warned = false;
  }

  /** When it ends unless it is used before. */
  get endsAt(): Date {
    return new Date(Date.now() + this.#endMs() - performance.now());
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }

  #ageMs = (): number => this.#bornMs + this.#bounds.maxAgeMs;
  #warningMs = (): number => this.#usedMs + this.#bounds.idleTimeoutMs - this.#bounds.idleWarningMs;
  #endMs = (): number => Math.min(this.#usedMs + this.#bounds.idleTimeoutMs, this.#ageMs());

  #arm(): void {
    const nextMs = this.#warned ? this.#endMs() : Math.min(this.#warningMs(), this.#endMs());
    this.#timer = setTimeout(() => this.#look(), Math.max(1, nextMs - performance.now()));
  }

  #look(): void {
    const nowMs = performance.now();
    if (nowMs >= this.#endMs()) {
      this.#events.onEnd(nowMs >= this.#ageMs() ? 'age' : 'idle');
      return;
    }
    // Use does not put off the end that age brings: no warning says that it would.
    if (!this.#warned && nowMs >= this.#warningMs() && this.#endMs() < this.#ageMs()) {
      this.#warned = true;
      this.#events.onIdle(this.endsAt);
    }
    this.#arm();
  }
}
