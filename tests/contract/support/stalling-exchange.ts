import type { EventSink, ResponseHeaders } from '../../../playground-server/transport/index.ts';
import { MemoryExchange } from './memory-exchange.ts';

/** An exchange whose reader takes only what a test lets it take: for moments that a real socket is too quick to show. */
export class StallingExchange extends MemoryExchange {
  /** What the reader took. */
  taken = '';
  aborted = false;
  #waiting = '';
  #reads = true;
  /** Who asked to be told when nothing waits any more. */
  #drained: (() => void)[] = [];
  /** How often. */
  asked = 0;

  override openEventStream(headers: ResponseHeaders): EventSink {
    super.openEventStream(headers);
    const waits = () => this.#waiting.length;
    const write = (chunk: string) => {
      this.#waiting += chunk;
      if (this.#reads) this.take();
      return waits() === 0;
    };
    return {
      write,
      end: (chunk = '') => {
        write(chunk);
        this.ended = true;
      },
      abort: () => {
        this.aborted = true;
        this.disconnect();
      },
      get buffered() {
        return waits();
      },
      onceDrained: (listener) => {
        this.asked++;
        this.#drained.push(listener);
      },
    };
  }

  /** From now on nothing is taken but what `take` takes. */
  stall(): void {
    this.#reads = false;
  }

  /** Takes so many characters of what waits; all, when none are named. */
  take(count = this.#waiting.length): void {
    const waited = this.#waiting !== '';
    this.taken += this.#waiting.slice(0, count);
    this.#waiting = this.#waiting.slice(count);
    if (waited && this.#waiting === '' && !this.#reads) {
      for (const listener of this.#drained.splice(0)) listener();
    }
  }
}
