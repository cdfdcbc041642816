/**
 * Puts events in the order of cause and effect before they are numbered.
 *
 * The router's events are made in this process; a worker's arrive over its channel, a little later than the bytes they
 * speak of arrive over the socket. So an event waits until the one that caused it is there - for `holdMs` at most,
 * because a process that died never sends it. The events of one actor never overtake each other, which cannot lock: causes
 * always lie in the past.
 */

import { StoreOrder } from './store-order.ts';
import type { Actor } from './wire.ts';
import type { Unnumbered } from './wire-log.ts';

export interface Arrival {
  event: Unnumbered;
  /** Size of the text that a worker wrote or the router forwarded. */
  bytes?: number;
}

interface Waiting extends Arrival {
  /** On the machine's clock. */
  untilMs: number;
}

/** What is known of one exchange so far. */
interface Progress {
  chosen: boolean;
  bodyArrived: boolean;
  answered: boolean;
  /** The worker wrote to an event stream, and will say when it has closed it. */
  streaming: boolean;
  writtenBytes: number;
  forwardedBytes: number;
}

export class WireOrder {
  readonly #emit: (event: Unnumbered) => void;
  readonly #now: () => number;
  readonly #holdMs: number;
  readonly #queues = new Map<Actor, Waiting[]>();
  readonly #exchanges = new Map<string, Progress>();
  readonly #store = new StoreOrder();
  #timer: NodeJS.Timeout | undefined;
  #immediate: NodeJS.Immediate | undefined;

  constructor(emit: (event: Unnumbered) => void, now: () => number, holdMs: number) {
    this.#emit = emit;
    this.#now = now;
    this.#holdMs = holdMs;
  }

  add(arrival: Arrival): void {
    // Router and supervisor are one process: their events are in order already.
    const lane: Actor = arrival.event.actor === 'supervisor' ? 'router' : arrival.event.actor;
    const queue = this.#queues.get(lane) ?? [];
    if (queue.length === 0) this.#queues.set(lane, queue);
    queue.push({ ...arrival, untilMs: this.#now() + this.#holdMs });
    this.#passCaused();
    this.#wait();
  }

  /** Lets everything go, in order as far as that is known. */
  flush(): void {
    this.#release(Number.POSITIVE_INFINITY);
    clearTimeout(this.#timer);
    clearImmediate(this.#immediate);
    this.#timer = undefined;
  }

  #release(nowMs: number): void {
    do this.#passCaused();
    while (this.#passOverdue(nowMs));
  }

  #passCaused(): void {
    for (let moved = true; moved; ) {
      moved = false;
      for (const queue of this.#queues.values()) {
        for (let head = queue[0]; head && this.#isCaused(head); head = queue[0]) {
          this.#pass(queue);
          moved = true;
        }
      }
    }
  }

  /** One at a time: what it lets through may be what the others wait for. */
  #passOverdue(nowMs: number): boolean {
    const overdue = [...this.#queues.values()]
      .filter((queue) => queue[0] !== undefined && queue[0].untilMs <= nowMs)
      .sort((a, b) => (a[0] as Waiting).event.atMs - (b[0] as Waiting).event.atMs)[0];
    if (!overdue) return false;
    this.#pass(overdue);
    return true;
  }

  #wait(): void {
    if (this.#timer) return;
    let untilMs = Number.POSITIVE_INFINITY;
    for (const queue of this.#queues.values()) untilMs = Math.min(untilMs, queue[0]?.untilMs ?? untilMs);
    if (untilMs === Number.POSITIVE_INFINITY) return;
    this.#timer = setTimeout(() => this.#afterReading(), Math.max(1, Math.ceil(untilMs - this.#now())));
  }

  /**
   * When this process itself was busy for longer than the wait, what is waited for may have arrived and not been read:
   * timers come before reading, and immediates after it.
   */
  #afterReading(): void {
    this.#immediate = setImmediate(() => {
      this.#timer = undefined;
      this.#release(this.#now());
      this.#wait();
    });
  }

  #pass(queue: Waiting[]): void {
    const arrival = queue.shift() as Waiting;
    this.#note(arrival);
    this.#emit(arrival.event);
  }

  #isCaused({ event, bytes = 0 }: Arrival): boolean {
    const progress = event.exchange === undefined ? undefined : this.#exchanges.get(event.exchange);
    switch (event.body.type) {
      case 'request-received':
        return progress?.chosen ?? false;
      case 'body-received':
        return bytes === 0 || !progress || progress.bodyArrived;
      case 'connection-closed':
        // The router sees a client go first; its `response-end` takes the exchange away.
        return event.body.by === 'server' || !progress;
      case 'process-exited':
      case 'trace-cut':
        // What it told last may wait for something itself.
        return (this.#queues.get(event.body.process)?.length ?? 0) === 0;
      case 'response-head':
        return !progress?.chosen || progress.answered;
      case 'bytes-forwarded':
        return !progress?.chosen || progress.forwardedBytes + bytes <= progress.writtenBytes;
      case 'response-end':
        return event.body.by === 'client' || !progress?.chosen || !progress.streaming;
      default:
        return this.#store.isCaused(event);
    }
  }

  #note({ event, bytes = 0 }: Arrival): void {
    this.#store.note(event);
    if (event.exchange === undefined) return;
    if (event.body.type === 'request-arrived') {
      this.#exchanges.set(event.exchange, {
        chosen: false,
        bodyArrived: false,
        answered: false,
        streaming: false,
        writtenBytes: 0,
        forwardedBytes: 0,
      });
      return;
    }
    const progress = this.#exchanges.get(event.exchange);
    if (!progress) return;
    switch (event.body.type) {
      case 'process-chosen':
        progress.chosen = true;
        break;
      case 'process-failed':
        // The router answers by itself now: nothing more to wait for.
        progress.chosen = false;
        break;
      case 'request-body':
        progress.bodyArrived = true;
        break;
      case 'response-sent':
        progress.answered = true;
        progress.writtenBytes += bytes;
        break;
      case 'event-written':
        progress.answered = true;
        progress.streaming = true;
        progress.writtenBytes += bytes;
        break;
      case 'connection-closed':
        progress.streaming = false;
        break;
      case 'bytes-forwarded':
        progress.forwardedBytes += bytes;
        break;
      case 'response-end':
        this.#exchanges.delete(event.exchange);
        break;
    }
  }
}
