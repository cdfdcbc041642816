/** This instance among those that share its backplane: it says that it is alive, and clears up after those that died. */

import { attempt } from './awaitable.ts';
import type { Backplane, UnfinishedStream } from './backplane/backplane.ts';
import { encodeError } from './encode.ts';
import { errors } from './errors.ts';

/** How often an instance renews its claim to be alive, and looks for others that did not (rule B5). */
const beatMs = 1_000;
/** How long after its last beat an instance counts as dead. */
const deadAfterMs = 5_000;

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
        if (!renewed) this.#claim();
        attempt(
          () => backplane.logs.unfinished(bootId),
          (streams) => this.#lookAfter(streams),
          failed,
        );
      },
      failed,
    );
  }

  /** At the start, and after a pause so long that others took this instance for dead. */
  #claim(): void {
    const { backplane, bootId, failed } = this.#options;
    attempt(
      () => backplane.claims.acquire(claimOf(bootId), deadAfterMs),
      (fence) => {
        this.#fence = fence;
      },
      failed,
    );
  }

  /** Whoever gets the claim of an instance that does not renew it any more ends what that one left running. */
  #lookAfter(streams: readonly UnfinishedStream[]): void {
    const { backplane, failed } = this.#options;
    for (const instance of new Set(streams.map((stream) => stream.instance))) {
      attempt(
        () => backplane.claims.acquire(claimOf(instance), deadAfterMs),
        (fence) => {
          if (fence === null) return;
          this.#finish(streams.filter((stream) => stream.instance === instance));
          this.#release(instance, fence);
        },
        failed,
      );
    }
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
  #finish(streams: readonly UnfinishedStream[]): void {
    const { backplane, appended, failed } = this.#options;
    for (const { session, stream, request } of streams) {
      const { code, message } = errors.instanceDied;
      attempt(
        () => backplane.logs.finish(session, stream, encodeError(request, { code, message })),
        () => appended(session, stream),
        failed,
      );
    }
  }
}

function claimOf(bootId: string): string {
  return `instance:${bootId}`;
}
