import { askAgainMs } from '../backplane/backplane.ts';

interface Held {
  readonly place: number;
  readonly again: () => void;
}

/**
 * What the store could not take, and all that followed it, in its order, until it can: nothing is written that is not
 * logged (rule B6). Refusals may arrive one by one, and what is said between two of them belongs behind both.
 */
export class HeldBack {
  readonly #maxWeight: number;
  #work: Held[] | undefined;
  #weight = 0;

  /** @param maxWeight characters of messages that may wait */
  constructor(maxWeight: number) {
    this.#maxWeight = maxWeight;
  }

  /** Something waits: whatever follows has to wait behind it. */
  get isHolding(): boolean {
    return this.#work !== undefined;
  }

  /**
   * @param place among all that was written to this log
   * @param again tries once more
   * @param weight characters; what has none is never dropped
   * @returns `false` when this is more than may wait: it is dropped
   */
  add(place: number, again: () => void, weight: number): boolean {
    if (!this.#work) {
      const work: Held[] = [];
      this.#work = work;
      this.#weight = 0;
      setTimeout(() => this.#goOn(work), askAgainMs);
    }
    this.#weight += weight;
    if (weight > 0 && this.#weight > this.#maxWeight) return false;
    const before = this.#work.findLastIndex((held) => held.place < place);
    this.#work.splice(before + 1, 0, { place, again });
    return true;
  }

  #goOn(work: readonly Held[]): void {
    this.#work = undefined;
    for (const { again } of work) again();
  }
}
