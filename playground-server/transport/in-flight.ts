/** How many requests of one instance are running, and the end of the last one (rule X1). */
export class InFlight {
  #count = 0;
  readonly #waiting = new Set<() => void>();

  begin(): void {
    this.#count++;
  }

  end(): void {
    if (--this.#count > 0) return;
    for (const done of this.#waiting) done();
  }

  /** Resolves when nothing runs, or when the time is up. */
  idle(graceMs: number): Promise<void> {
    if (this.#count === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#waiting.delete(done);
        resolve();
      };
      const timer = setTimeout(done, graceMs);
      this.#waiting.add(done);
    });
  }
}
