import type { BeginOutcome, Run, RunLimits } from './backplane.ts';

const begun: BeginOutcome = { kind: 'begun' };

/** The requests that run in each session. Those of sessions in which nothing runs take no room. */
export class MemoryRuns {
  readonly #runs = new Map<string, readonly Run[]>();

  begin(session: string, runs: readonly Run[], { maxInFlight, uniqueIds }: RunLimits): BeginOutcome {
    const others = this.#runs.get(session) ?? [];
    const taken = uniqueIds ? others.filter(({ request }) => runs.some((run) => run.request === request)) : [];
    if (taken[0]) return { kind: 'duplicate', request: taken[0].request, instances: instancesOf(taken) };
    if (others.length + runs.length > maxInFlight) return { kind: 'full', instances: instancesOf(others) };
    this.#runs.set(session, [...others, ...runs]);
    return begun;
  }

  finish(session: string, instance: string, numbers?: readonly number[]): void {
    const left = (this.#runs.get(session) ?? []).filter(
      (run) => run.instance !== instance || numbers?.includes(run.number) === false,
    );
    if (left.length > 0) this.#runs.set(session, left);
    else this.forget(session);
  }

  forget(session: string): void {
    this.#runs.delete(session);
  }
}

/** Each once. */
export function instancesOf(runs: readonly { instance: string }[]): string[] {
  return [...new Set(runs.map(({ instance }) => instance))];
}
