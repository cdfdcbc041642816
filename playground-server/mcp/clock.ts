import type { StreamableHttpTransport } from '../transport/index.ts';

export const clockUri = 'lab://clock';
const tickMs = 5_000;

/** A resource that changes by itself, so that there is something to subscribe to. */
export class Clock {
  #timer: ReturnType<typeof setInterval> | undefined;

  read(): string {
    return new Date().toISOString();
  }

  /** From now on every session that subscribed is told of each change. */
  start(transport: Pick<StreamableHttpTransport, 'broadcast'>): void {
    this.stop();
    this.#timer = setInterval(() => transport.broadcast('notifications/resources/updated', { uri: clockUri }), tickMs);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
