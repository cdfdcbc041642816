import { attempt } from '../awaitable.ts';
import { type NewEvent, StoreUnreachable, type StreamLog } from '../backplane/backplane.ts';
import type { Awaitable } from '../handler.ts';
import { HeldBack } from './held-back.ts';

const nothing = (): void => {};

/** Whose log is written. */
export interface LogOwner {
  /** Is asked for with each write: a store that is away may not open it either. @throws StoreUnreachable */
  readonly log: StreamLog;
  /** Characters that may wait for a store that is away. */
  readonly maxWaiting: number;
  /** Told of what is given up. */
  logFailed(error: unknown): void;
}

/**
 * Writes to one log, in order. What a store that is away could not take is tried again, and whatever follows waits
 * behind it (rule B6).
 */
export class LogWriter {
  readonly #owner: LogOwner;
  /** Made when the store was away for the first time. */
  #heldBack: HeldBack | undefined;
  /** Writes so far, and those that are settled: a store that is far away has some under way. */
  #asked = 0;
  #settled = 0;
  #waiting: { after: number; work: () => void }[] | undefined;

  constructor(owner: LogOwner) {
    this.#owner = owner;
  }

  /**
   * @param stored is given its number, see `StreamLog.append`
   * @param settled the store has it, or never will. Who asks for that has an answer, one for each request: however much
   *   waits for the store, it is kept, for its client would wait for it in vain
   */
  append(event: NewEvent, stored: (number: number) => void = nothing, settled?: () => void): void {
    const weight = settled ? 0 : event.json.length;
    this.#write(++this.#asked, () => this.#owner.log.append(event), weight, stored, settled ?? nothing);
  }

  /** Ends the log without a last event. */
  end(stored: () => void, settled: () => void): void {
    this.#write(++this.#asked, () => this.#owner.log.end(), 0, stored, settled);
  }

  /** Calls `work` when all that was written so far is settled: at once, where the store answers at once. */
  whenSettled(work: () => void): void {
    if (this.#settled === this.#asked) return work();
    this.#waiting ??= [];
    this.#waiting.push({ after: this.#asked, work });
  }

  /** @param place among all writes */
  #write<T>(
    place: number,
    ask: () => Awaitable<T>,
    weight: number,
    stored: (answer: T) => void,
    settled: () => void,
  ): void {
    const again = () => this.#write(place, ask, weight, stored, settled);
    if (this.#heldBack?.isHolding) return this.#holdBack(place, again, weight, settled);
    attempt(
      ask,
      (answer) => {
        stored(answer);
        this.#over(settled);
      },
      (error) => {
        if (error instanceof StoreUnreachable) return this.#holdBack(place, again, weight, settled);
        this.#owner.logFailed(error);
        this.#over(settled);
      },
    );
  }

  #holdBack(place: number, again: () => void, weight: number, settled: () => void): void {
    this.#heldBack ??= new HeldBack(this.#owner.maxWaiting);
    if (this.#heldBack.add(place, again, weight)) return;
    this.#owner.logFailed(new StoreUnreachable('More was appended than can be kept until the store answers again.'));
    this.#over(settled);
  }

  #over(settled: () => void): void {
    this.#settled++;
    while (this.#waiting?.[0] && this.#settled >= this.#waiting[0].after) this.#waiting.shift()?.work();
    settled();
  }
}
