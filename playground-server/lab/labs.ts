/** All the labs of this server: who may have one, which are running, and their end. */

import { availableParallelism } from 'node:os';
import { RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible';
import { type EndReason, Lab, type LabOptions } from './lab.ts';
import type { LabLimits } from './lab-limits.ts';
import { Turns } from './turns.ts';

/** What a reader asks for. */
export type WantedLab = Pick<LabOptions, 'deployment' | 'processes' | 'connection'>;

/** Why there is no lab for this reader now. */
export type Refusal =
  | { kind: 'stopping' }
  | { kind: 'too-many-creations'; retryAfterSeconds: number }
  | { kind: 'too-many-here' }
  | { kind: 'full'; retryAfterSeconds: number };

export interface LabsOptions {
  maxLabs: number;
  limits: LabLimits;
  worker: URL;
  allowedHosts: readonly string[];
  allowedOrigins: readonly string[];
  /** Where labs that share their state keep it, instead of in files. */
  redisUrl: string | undefined;
  /** Told of what an operator wants to know. Nothing in it opens anything. */
  onEvent(event: LabsEvent): void;
}

export type LabsEvent =
  | { type: 'lab-began'; deployment: string; tookMs: number }
  | { type: 'lab-ended'; deployment: string; reason: EndReason }
  | { type: 'worker-crashed'; process: string; code: number | null; signal: string | null; lastWords: string };

interface Held {
  lab: Lab;
  address: string;
}

export class Labs {
  readonly #options: LabsOptions;
  readonly #labs = new Map<string, Held>();
  /** Ended, but their logs can still be read. */
  readonly #over = new Map<string, Lab>();
  readonly #creations: RateLimiterMemory;
  readonly #requests: RateLimiterMemory;
  readonly #perAddress = new Map<string, number>();
  readonly #leaving = new Set<Promise<void>>();
  readonly #entering = new Set<Promise<unknown>>();
  /**
   * A lab that starts keeps about two cores busy. When many are asked for at once, the first is there at once and the
   * last no later than if all had started together, and none takes longer to start than it may.
   */
  readonly #starts = new Turns(Math.max(1, Math.floor(availableParallelism() / 2)));
  /** Running, starting and ending: each has processes. */
  #taken = 0;
  #stopping = false;

  constructor(options: LabsOptions) {
    this.#options = options;
    this.#creations = new RateLimiterMemory({ points: options.limits.creationsPerMinute, duration: 60 });
    this.#requests = new RateLimiterMemory({ points: options.limits.requestsPerSecond, duration: 1 });
  }

  get running(): number {
    return this.#taken;
  }

  get max(): number {
    return this.#options.maxLabs;
  }

  get limits(): LabLimits {
    return this.#options.limits;
  }

  /** What labs that share their state keep it in. */
  get store(): 'sqlite' | 'redis' {
    return this.#options.redisUrl === undefined ? 'sqlite' : 'redis';
  }

  /** Size of all the wire logs. */
  get wireLogs(): { events: number; bytes: number } {
    const total = { events: 0, bytes: 0 };
    for (const { lab } of this.#labs.values()) {
      total.events += lab.log.size.events;
      total.bytes += lab.log.size.bytes;
    }
    return total;
  }

  find(id: string): Lab | undefined {
    return this.#labs.get(id)?.lab;
  }

  /** Also one that has ended a moment ago: for its log. */
  findWithLog(id: string): Lab | undefined {
    return this.find(id) ?? this.#over.get(id);
  }

  /**
   * Starts a lab for a reader, or says why not.
   * @param address what limits count by: see client-address.ts
   * @throws Error when its processes do not start
   */
  async create(wanted: WantedLab, address: string): Promise<{ lab: Lab } | { refused: Refusal }> {
    if (this.#stopping) return { refused: { kind: 'stopping' } };
    const creation = await taken(this.#creations, address);
    if (creation) {
      return { refused: { kind: 'too-many-creations', retryAfterSeconds: Math.ceil(creation.msBeforeNext / 1000) } };
    }
    // From here to the reservation nothing waits, so that no other creation comes between.
    const here = this.#perAddress.get(address) ?? 0;
    if (here >= this.#options.limits.labsPerAddress) return { refused: { kind: 'too-many-here' } };
    if (this.#taken >= this.#options.maxLabs) {
      return { refused: { kind: 'full', retryAfterSeconds: this.#secondsUntilOneEnds() } };
    }
    this.#reserve(address);
    const start = this.#start(wanted, address);
    this.#entering.add(start);
    try {
      const lab = await start;
      if (lab) return { lab };
      this.#free(address);
      return { refused: { kind: 'stopping' } };
    } catch (error) {
      this.#free(address);
      throw error;
    } finally {
      this.#entering.delete(start);
    }
  }

  /** Counts a request to a lab's endpoint. @returns seconds to wait when it is one too many */
  async countRequest(lab: Lab): Promise<number | undefined> {
    const refused = await taken(this.#requests, lab.id);
    return refused && Math.max(1, Math.ceil(refused.msBeforeNext / 1000));
  }

  /** From now on nobody finds the lab. Its processes are gone when the promise resolves. */
  async end(lab: Lab, reason: EndReason): Promise<void> {
    const held = this.#labs.get(lab.id);
    if (held) {
      this.#labs.delete(lab.id);
      this.#keepLog(lab);
      const leaving = lab.end(reason).finally(() => {
        this.#free(held.address);
        this.#leaving.delete(leaving);
        this.#options.onEvent({ type: 'lab-ended', deployment: lab.deployment.id, reason });
      });
      this.#leaving.add(leaving);
    }
    await lab.end(reason);
  }

  /** The server is about to stop: those that run go on, and no more begin. */
  refuseMore(): void {
    this.#stopping = true;
  }

  /** Ends all of them, and begins no more. */
  async stop(): Promise<void> {
    this.refuseMore();
    await Promise.allSettled(this.#entering);
    for (const { lab } of [...this.#labs.values()]) void this.end(lab, 'server-stopping');
    await Promise.all(this.#leaving);
  }

  /** @returns `undefined` when the server began to stop before it was this lab's turn */
  async #start(wanted: WantedLab, address: string): Promise<Lab | undefined> {
    const { limits, worker, allowedHosts, allowedOrigins, redisUrl, onEvent } = this.#options;
    using _turn = await this.#starts.take();
    if (this.#stopping) return undefined;
    const beganMs = performance.now();
    const options: LabOptions = {
      ...wanted,
      limits,
      worker,
      allowedHosts,
      allowedOrigins,
      redisUrl,
      onCrash: (crash) => onEvent({ type: 'worker-crashed', ...crash }),
      onTimeUp: (lab, reason) => void this.end(lab, reason),
    };
    const lab = await Lab.start(options);
    this.#labs.set(lab.id, { lab, address });
    onEvent({ type: 'lab-began', deployment: wanted.deployment.id, tookMs: Math.round(performance.now() - beganMs) });
    return lab;
  }

  #keepLog(lab: Lab): void {
    this.#over.set(lab.id, lab);
    const [oldest] = this.#over.keys();
    if (this.#over.size > this.#options.maxLabs && oldest !== undefined) this.#over.delete(oldest);
    setTimeout(() => this.#over.delete(lab.id), this.#options.limits.endedLogMs).unref();
  }

  #reserve(address: string): void {
    this.#taken++;
    this.#perAddress.set(address, (this.#perAddress.get(address) ?? 0) + 1);
  }

  #free(address: string): void {
    this.#taken--;
    const here = (this.#perAddress.get(address) ?? 1) - 1;
    if (here > 0) this.#perAddress.set(address, here);
    else this.#perAddress.delete(address);
  }

  #secondsUntilOneEnds(): number {
    const ends = [...this.#labs.values()].map(({ lab }) => Date.parse(lab.expiresAt));
    const seconds = Math.ceil((Math.min(...ends, Date.now() + 60_000) - Date.now()) / 1000);
    return Math.max(1, seconds);
  }
}

/** Takes one point. @returns the limiter's answer when there was none left */
async function taken(limiter: RateLimiterMemory, key: string): Promise<RateLimiterRes | undefined> {
  try {
    await limiter.consume(key);
    return undefined;
  } catch (error) {
    if (error instanceof Error) throw error;
    return error as RateLimiterRes;
  }
}
