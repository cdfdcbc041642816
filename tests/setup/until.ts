/**
 * Waits until `condition` gives something truthy and resolves to it: tests wait for what happens, never for a time.
 *
 * @param what Names the condition in the failure, e.g. `'the session to end'`.
 * @param withinMs Bounds a failure; a passing test never waits this long.
 * @throws When the time is up, with what `condition` gave or threw last.
 */
export async function until<T>(
  what: string,
  condition: () => T | Promise<T>,
  withinMs = 30_000,
): Promise<Exclude<T, undefined | null | false | 0 | ''>> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    let last: unknown;
    try {
      const value = await condition();
      if (value) return value as Exclude<T, undefined | null | false | 0 | ''>;
      last = value;
    } catch (error) {
      last = error;
    }
    if (performance.now() > deadline) {
      throw new Error(`Waited ${withinMs} ms for ${what}; the last look gave ${String(last)}`, {
        cause: last instanceof Error ? last : undefined,
      });
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
