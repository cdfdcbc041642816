/** How soon a store that did not answer is asked again. */
export const retryMs = 200;

/**
 * What the store could not take, and all that followed it, in its order, until it can: nothing is written that is not
 * logged (rule B6).
 */
export class HeldBack {
  readonly #maxWeight: number;
  #work: (() => void)[] | undefined;
  #weight = 0;

  /** @param maxWeight characters of messages that may wait */
  constructor(maxWeight: number) {
    this.#maxWeight = maxWeight;
  }

  /** Something waits: whatever follows has to wait behind it. */
  get isHolding(): boolean {
    return this.#work !== undefined;
  }

  /** @param again tries once more. @returns `false` when this is more than may wait: it is dropped */
  add(again: () => void, weight: number): boolean {
    if (!this.#work) {
      this.#work = [];
      this.#weight = 0;
      setTimeout(() => this.#goOn(), retryMs);
    }
    this.#weight += weight;
    if (this.#weight > this.#maxWeight) return false;
    this.#work.push(again);
    return true;
  }

  #goOn(): void {
    const work = this.#work ?? [];
    this.#work = undefined;
    for (const again of work) again();
  }
}
