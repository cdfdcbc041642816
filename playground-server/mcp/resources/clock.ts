import type { StreamableHttpTransport } from '../../transport/index.ts';
import type { Resource } from '../resource.ts';

const tickMs = 5_000;

/** A resource that changes by itself, so that there is something to subscribe to. */
export class Clock implements Resource {
  readonly uri = 'lab://clock';
  readonly name = 'clock';
  readonly title = 'Clock';
  readonly description = 'The time on this process. It changes every five seconds.';
  readonly mimeType = 'text/plain';
  #timer: ReturnType<typeof setInterval> | undefined;

  read(): { text: string } {
    return { text: new Date().toISOString() };
  }

  /** From now on everyone who subscribed is told of each change. */
  start(transport: Pick<StreamableHttpTransport, 'broadcast'>): void {
    this.stop();
    this.#timer = setInterval(() => transport.broadcast('notifications/resources/updated', { uri: this.uri }), tickMs);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
