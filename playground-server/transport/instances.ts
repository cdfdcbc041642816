/** This instance among those that share its backplane: it says that it is alive, and clears up after those that died. */

import { attempt } from './awaitable.ts';
import { type Backplane, StoreUnreachable, type UnfinishedStream } from './backplane/backplane.ts';
import { encodeError } from './encode.ts';
import { errors } from './errors.ts';
import type { Awaitable } from './handler.ts';
import type { RequestId } from './json-rpc.ts';
import { unanswered } from './unanswered.ts';

/** How often an instance renews its claim to be alive, and looks for others that did not (rule B5). */
const beatMs = 1_000;
/** How long after its last beat an instance counts as dead. */
const deadAfterMs = 5_000;
/** How long ending what a dead one left may take: should whoever does it die as well, the next one begins then. */
const lookAfterMs = 2 * beatMs;
/**
 * How long an instance that could not beat takes nobody for dead: until its second beat from then on, and a new one
 * until its second at all, so that all others have had theirs.
 */
const graceMs = { away: 1.5 * beatMs, isNew: 0.5 * beatMs };

export interface InstancesOptions {
  readonly backplane: Backplane;
  readonly bootId: string;
  /** Events were appended to a stream: whoever serves it elsewhere reads on. */
  readonly appended: (session: string, stream: string) => void;
  readonly failed: (error: unknown) => void;
}

export class Instances {
  readonly #options: InstancesOptions;
  #fence: number | null = null;
  /** From when on it may take others for dead. */
  #judgesFrom = 0;
  /** It had its claim once. */
  #hasBeaten = false;
  #isClaiming = false;
  /** Told when it is known whether this instance counts as alive. */
  #waiting: ((error?: unknown) => void)[] = [];
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(options: InstancesOptions) {
    this.#options = options;
  }

  /** From now on this instance counts as alive. It keeps no process from ending by itself. */
  start(): void {
    this.#beat();
    this.#timer = setInterval(() => this.#beat(), beatMs);
    (this.#timer as { unref?: () => void }).unref?.();
  }

  /** It ends on purpose, and has left nothing behind. */
  leave(): void {
    clearInterval(this.#timer);
    if (this.#fence !== null) this.#release(this.#options.bootId, this.#fence);
    this.#fence = null;
  }

  #beat(): void {
    const { backplane, bootId, failed } = this.#options;
    const fence = this.#fence;
    attempt(
      () => fence !== null && backplane.claims.renew(claimOf(bootId), fence, deadAfterMs),
      (renewed) => {
        if (!renewed) {
          this.#fence = null;
          if (!this.#isClaiming) this.#claim();
        }
        if (Date.now() < this.#judgesFrom) return;
        attempt(
          () => backplane.logs.owing(bootId),
          (instances) => {
            for (const instance of instances) this.#lookAfter(instance);
          },
          failed,
        );
      },
      (error) => {
        this.#grantGrace();
        failed(error);
      },
    );
  }

  /** The store was away, or this instance stood still, or is new: others may be about to claim again as well. */
  #grantGrace(): void {
    this.#judgesFrom = Date.now() + (this.#hasBeaten ? graceMs.away : graceMs.isNew);
  }

  /**
   * Calls `done` once this instance counts as alive: what it began before that, another one would take for left behind.
   */
  whenAlive(done: () => void, failed: (error: unknown) => void): void {
    if (this.#fence !== null) return done();
    this.#waiting.push((error) => (error === undefined ? done() : failed(error)));
    if (!this.#isClaiming) this.#claim();
  }

  /** Whether another instance has died, or left: what it was running runs no more. */
  isGone(instance: string): Awaitable<boolean> {
    if (Date.now() < this.#judgesFrom) return false;
    const acquired = this.#options.backplane.claims.acquire(claimOf(instance), lookAfterMs);
    const judge = (fence: number | null): boolean => {
      // Given back at once: whoever ends what it left takes it next.
      if (fence !== null) this.#release(instance, fence);
      return fence !== null;
    };
    return acquired instanceof Promise ? acquired.then(judge) : judge(acquired);
  }

  /** At the start, and after a pause so long that others took this instance for dead. */
  #claim(): void {
    this.#grantGrace();
    this.#isClaiming = true;
    const { backplane, bootId, failed } = this.#options;
    const over = (error?: unknown): void => {
      this.#isClaiming = false;
      for (const told of this.#waiting.splice(0)) told(error);
    };
    attempt(
      () => backplane.claims.acquire(claimOf(bootId), deadAfterMs),
      (fence) => {
        this.#fence = fence;
        this.#hasBeaten ||= fence !== null;
        over(
          fence === null
            ? new StoreUnreachable('Another instance ends what this one left when it stood still.')
            : undefined,
        );
      },
      (error) => {
        failed(error);
        over(error);
      },
    );
  }

  /** Whoever gets the claim of an instance that does not renew it any more ends what that one left running. */
  #lookAfter(instance: string): void {
    const { backplane, failed } = this.#options;
    attempt(
      () => backplane.claims.acquire(claimOf(instance), lookAfterMs),
      (fence) => {
        if (fence === null) return;
        attempt(
          () => backplane.logs.unfinished(instance),
          (streams) => {
            for (const stream of streams) this.#finish(stream);
            this.#release(instance, fence);
          },
          failed,
        );
      },
      failed,
    );
  }

  /** One that was only paused takes its claim again with its next beat. */
  #release(instance: string, fence: number): void {
    const { backplane, failed } = this.#options;
    attempt(
      () => backplane.claims.release(claimOf(instance), fence),
      () => {},
      failed,
    );
  }

  /** Should its owner only have been paused: what it appends to a stream that has ended is refused. */
  #finish(unfinished: UnfinishedStream): void {
    const { backplane, appended, failed } = this.#options;
    const { code, message } = errors.instanceDied;
    const finish = (requests: readonly RequestId[]) =>
      attempt(
        () =>
          backplane.logs.finish(
            unfinished,
            requests.map((id) => encodeError(id, { code, message })),
          ),
        () => appended(unfinished.session, unfinished.stream),
        failed,
      );
    unanswered(backplane.logs, unfinished, finish, failed);
  }
}

function claimOf(bootId: string): string {
  return `instance:${bootId}`;
}
