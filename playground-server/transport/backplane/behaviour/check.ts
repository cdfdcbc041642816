/** The two assertions of the suite: it runs wherever the store does, and so needs none of a runner or a runtime. */

/** Runners show the difference of `actual` and `expected`. */
class UnexpectedBehaviour extends Error {
  override readonly name = 'UnexpectedBehaviour';
  readonly actual: unknown;
  readonly expected: unknown;

  constructor(message: string, actual: unknown, expected: unknown) {
    super(message);
    this.actual = actual;
    this.expected = expected;
  }
}

/** @throws unless it is true */
export function check(condition: boolean, otherwise: string): asserts condition {
  if (!condition) throw new UnexpectedBehaviour(otherwise, false, true);
}

/**
 * Equal as data: neither the order of keys matters, nor of what prototype a store makes its objects.
 * @throws with both, where they differ
 */
export function same(actual: unknown, expected: unknown): void {
  const [is, should] = [JSON.stringify(sorted(actual)), JSON.stringify(sorted(expected))];
  if (is !== should)
    throw new UnexpectedBehaviour(`${shortened(is)} instead of ${shortened(should)}`, actual, expected);
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, each]) => [key, sorted(each)]));
}

function shortened(json = 'undefined'): string {
  return json.length > 200 ? `${json.slice(0, 200)}…` : json;
}
