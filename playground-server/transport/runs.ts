/** The requests that run in each session, on whichever of the instances that share a store (rules P13, P17, B7). */

import { attempt } from './awaitable.ts';
import {
  askAgainMs,
  type Backplane,
  type BeginOutcome,
  type Run,
  type RunLimits,
  StoreUnreachable,
} from './backplane/backplane.ts';
import type { Instances } from './instances.ts';
import type { RequestId } from './json-rpc.ts';

export interface RunsOptions {
  readonly backplane: Backplane;
  readonly bootId: string;
  readonly instances: Instances;
  readonly failed: (error: unknown) => void;
}

/** `firstRun`: the first of the numbers under which the store counts them, one after the other. */
export type Begun = { kind: 'begun'; firstRun: number } | Exclude<BeginOutcome, { kind: 'begun' }>;

export class Runs {
  readonly #options: RunsOptions;
  #last = 0;

  constructor(options: RunsOptions) {
    this.#options = options;
  }

  /** Counts all of these requests, or none. What stands in the way because its instance died is removed first. */
  begin(
    session: string,
    ids: readonly RequestId[],
    limits: RunLimits,
    done: (begun: Begun) => void,
    failed: (error: unknown) => void,
  ): void {
    this.#options.instances.whenAlive(() => this.#begin(session, ids, limits, true, done, failed), failed);
  }

  /** They run no more. The store is told until it knows, because it would count them for ever. */
  leave(session: string, firstRun: number, count = 1): void {
    const { backplane, bootId, failed } = this.#options;
    attempt(
      () => backplane.sessions.finish(session, bootId, numbers(firstRun, count)),
      () => {},
      (error) => {
        if (error instanceof StoreUnreachable) setTimeout(() => this.leave(session, firstRun, count), askAgainMs);
        else failed(error);
      },
    );
  }

  #begin(
    session: string,
    ids: readonly RequestId[],
    limits: RunLimits,
    mayTryAgain: boolean,
    done: (begun: Begun) => void,
    failed: (error: unknown) => void,
  ): void {
    const { backplane, bootId } = this.#options;
    const firstRun = this.#last + 1;
    this.#last += ids.length;
    const runs = ids.map((request, n): Run => ({ request, instance: bootId, number: firstRun + n }));
    attempt(
      () => backplane.sessions.begin(session, runs, limits),
      (outcome) => {
        if (outcome.kind === 'begun') return done({ kind: 'begun', firstRun });
        if (!mayTryAgain) return done(outcome);
        this.#clearUp(session, outcome.instances, (cleared) => {
          if (cleared) this.#begin(session, ids, limits, false, done, failed);
          else done(outcome);
        });
      },
      (error) => {
        // They may have been counted all the same.
        this.leave(session, firstRun, ids.length);
        failed(error);
      },
    );
  }

  /** `cleared`: some of these instances are gone, and what they ran with them. */
  #clearUp(session: string, those: readonly string[], done: (cleared: boolean) => void): void {
    const { backplane, bootId, instances } = this.#options;
    const others = those.filter((instance) => instance !== bootId);
    let [waiting, cleared] = [others.length, false];
    if (waiting === 0) return done(false);
    const next = () => {
      if (--waiting === 0) done(cleared);
    };
    for (const instance of others) {
      attempt(
        () => instances.isGone(instance),
        (isGone) => {
          if (!isGone) return next();
          cleared = true;
          attempt(() => backplane.sessions.finish(session, instance), next, next);
        },
        next,
      );
    }
  }
}

function numbers(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, n) => first + n);
}
