/** Appends that were sent and are not answered, by the numbers that their writer gave them. */
export class UnderWay {
  readonly #numbers = new Set<number>();
  #highest = 0;

  /** The highest of those lower than `number`, which has to be there before it; 0: none. */
  before(number = Number.POSITIVE_INFINITY): number {
    // Nearly always it is the highest of all: only one that comes again has others before and behind it.
    if (this.#highest < number && this.#numbers.has(this.#highest)) return this.#highest;
    let before = 0;
    for (const other of this.#numbers) if (other < number && other > before) before = other;
    return before;
  }

  add(number: number): void {
    this.#numbers.add(number);
    this.#highest = Math.max(this.#highest, number);
  }

  remove(number: number): void {
    this.#numbers.delete(number);
  }
}
