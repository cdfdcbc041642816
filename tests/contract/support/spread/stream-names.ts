/**
 * The streams of requests as `1`, `2`, `3` … in the order in which their client heard of them: their names are the choice
 * of the instance that ran the request, and how that chooses is no promise.
 */
export class StreamNames {
  readonly #given = new Map<string, string>();
  readonly #names: string[] = [];

  /** What came, with the names as the tests write them. */
  shown(text: string): string {
    const called = (_: string, before: string, name: string) => `${before}${this.#shown(name)}.`;
    return text.replaceAll(/(^id: |event "|event \\")(\d+)\./gm, called);
  }

  /** An event id as its server wrote it. */
  meant(eventId: string): string {
    return eventId.replace(/^(\d+)\./, (_, shown: string) => `${this.#names[Number(shown) - 1] ?? shown}.`);
  }

  #shown(name: string): string {
    if (name === '0') return name;
    let shown = this.#given.get(name);
    if (shown === undefined) {
      shown = String(this.#names.push(name));
      this.#given.set(name, shown);
    }
    return shown;
  }
}
