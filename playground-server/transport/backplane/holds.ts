/** What a process holds it renews every third of the idle time, and at least this often (rule B7). */
const maxRenewMs = 30_000;

/** The sessions that this process holds open, which it renews in a store that others read as well. */
export class Holds {
  readonly #renew: (ids: Iterable<string>) => void;
  readonly #counts = new Map<string, number>();
  /** The last use of any session that was noted, and when. */
  #noted = { id: '', at: Number.NaN };
  #renewMs = maxRenewMs;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(renew: (ids: Iterable<string>) => void) {
    this.#renew = renew;
  }

  has(id: string): boolean {
    return this.#counts.has(id);
  }

  add(id: string): void {
    this.#counts.set(id, (this.#counts.get(id) ?? 0) + 1);
    if (!this.#timer) this.#start();
  }

  /** @returns whether it was held */
  remove(id: string): boolean {
    const count = this.#counts.get(id);
    if (count === undefined) return false;
    if (count > 1) this.#counts.set(id, count - 1);
    else this.#counts.delete(id);
    if (this.#counts.size === 0) this.#stop();
    return true;
  }

  /** This process has the store know that a session is used. */
  noteUse(id: string, at: number): void {
    this.#noted = { id, at };
  }

  /** Whether it did so at this very time: to note it again would change nothing. */
  isNoted(id: string, at: number): boolean {
    return this.#noted.id === id && this.#noted.at === at;
  }

  /** The shortest idle time of all sessions seen sets the pace. `null`: this one does not expire. */
  noteIdleTime(idleTimeoutMs: number | null): void {
    const third = (idleTimeoutMs ?? Number.POSITIVE_INFINITY) / 3;
    if (third >= this.#renewMs) return;
    this.#renewMs = third;
    // Whatever is held already is renewed in time as well.
    if (!this.#timer) return;
    this.#stop();
    this.#start();
  }

  clear(): void {
    this.#stop();
    this.#counts.clear();
  }

  #start(): void {
    this.#timer = setInterval(() => this.#renew(this.#counts.keys()), this.#renewMs);
    (this.#timer as { unref?: () => void }).unref?.();
  }

  #stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
