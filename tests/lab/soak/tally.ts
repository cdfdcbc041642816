/** What happened in a run: how often, and what must not have. */

export class Tally {
  /** By deployment and status. 0: no answer came. */
  readonly #answers = new Map<string, Map<number, number>>();
  readonly #kinds = new Map<string, number>();
  readonly faults: string[] = [];
  /** Answers of a store that nobody had broken and that was late all the same: it has 800 ms, on a machine of others. */
  storeLate = 0;

  answered(by: string, status: number): void {
    const counts = this.#answers.get(by) ?? new Map<number, number>();
    this.#answers.set(by, counts.set(status, (counts.get(status) ?? 0) + 1));
  }

  /** One more of a kind of traffic or mischief. */
  happened(kind: string): void {
    this.#kinds.set(kind, this.count(kind) + 1);
  }

  count(kind: string): number {
    return this.#kinds.get(kind) ?? 0;
  }

  /** The first are enough to go by. */
  fault(what: string): void {
    if (this.faults.length < 200) this.faults.push(`${new Date().toISOString()} ${what}`);
  }

  get requests(): number {
    return [...this.#answers.values()].flatMap((counts) => [...counts.values()]).reduce((sum, count) => sum + count, 0);
  }

  toString(): string {
    const statuses = [...new Set([...this.#answers.values()].flatMap((counts) => [...counts.keys()]))].sort(
      (a, b) => a - b,
    );
    const row = (name: string, cells: (string | number)[]) =>
      name.padEnd(18) + cells.map((cell) => String(cell).padStart(8)).join('');
    const rows = [...this.#answers].map(([by, counts]) =>
      row(
        by,
        statuses.map((status) => counts.get(status) ?? ''),
      ),
    );
    const kinds = [...this.#kinds].sort(([a], [b]) => a.localeCompare(b)).map(([kind, count]) => `${kind} ${count}`);
    const head = row(
      '',
      statuses.map((status) => status || 'none'),
    );
    return [head, ...rows, kinds.join(', '), `store late ${this.storeLate}`].join('\n');
  }
}
