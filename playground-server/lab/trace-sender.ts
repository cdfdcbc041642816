/**
 * How a worker's trace leaves it: in order, in batches, and with a bound on what waits. The channel takes only as much
 * as the supervisor reads; a worker that is asked for more than that must not keep the rest in its memory.
 */

import type { FromWorker, WorkerTrace } from './ipc.ts';
import { shownTextLimit } from './shown.ts';

/** Far more than a supervisor that turns at all lets wait. */
const mostWaitingBytes = 4 * 1024 * 1024;

/** `done` is called once the message has left this process, or never will. */
export type Send = (message: FromWorker, done: () => void) => void;

export class TraceSender {
  readonly #send: Send;
  readonly #maxBytes: number;
  /** Of this turn of the event loop: one message for what happens in one go, as a call has about ten events. */
  #untold: WorkerTrace[] = [];
  #untoldBytes = 0;
  /** In messages that have not left yet. */
  #leavingBytes = 0;
  #dropped = 0;

  constructor(send: Send, maxBytes = mostWaitingBytes) {
    this.#send = send;
    this.#maxBytes = maxBytes;
  }

  add(trace: WorkerTrace): void {
    // Once one is dropped, so are those that follow, until there is room: a gap has a beginning and an end.
    const bytes = sizeOf(trace);
    if (this.#dropped > 0 || this.#untoldBytes + this.#leavingBytes + bytes > this.#maxBytes) {
      this.#dropped++;
      return;
    }
    if (this.#untold.length === 0) queueMicrotask(() => this.#tell());
    this.#untold.push(trace);
    this.#untoldBytes += bytes;
  }

  /** Says that this is all. `done` is called once everything has left. */
  end(done: () => void): void {
    this.#tell();
    if (this.#dropped > 0) this.#tellGap();
    // Messages leave in order: when the last one is out, all are.
    this.#send({ type: 'told-everything' }, done);
  }

  #tell(): void {
    const events = this.#untold;
    const bytes = this.#untoldBytes;
    if (events.length === 0) return;
    this.#untold = [];
    this.#untoldBytes = 0;
    this.#leavingBytes += bytes;
    this.#send({ type: 'trace', events }, () => {
      this.#leavingBytes -= bytes;
      // Half of the room first, so that what follows is more than a few events between two gaps.
      if (this.#dropped > 0 && this.#leavingBytes <= this.#maxBytes / 2) this.#tellGap();
    });
  }

  #tellGap(): void {
    const dropped = this.#dropped;
    this.#dropped = 0;
    this.#send({ type: 'trace', events: [], dropped }, () => {});
  }
}

/** About what it takes as JSON. */
function sizeOf({ event, bytes = 0 }: WorkerTrace): number {
  let size = 300 + Math.min(bytes, 3 * shownTextLimit);
  if ('headers' in event) for (const [name, value] of event.headers) size += name.length + value.length;
  return size;
}
