/**
 * What one process does because of what another one did by way of the store: each tells of it over a channel of its own,
 * so that the effect may be heard of first.
 */

import type { Unnumbered } from './wire-log.ts';

export class StoreOrder {
  /** The newest number in each stream that has not ended, by session and name. */
  readonly #logged = new Map<string, number>();
  /** How often each message was published, and how often each process heard it. */
  readonly #published = new Map<string, number>();
  readonly #heard = new Map<string, number>();

  /** What the event rests on has been told. */
  isCaused({ actor, session, stream, body }: Unnumbered): boolean {
    if (body.type === 'event-written') {
      const logged = this.#logged.get(`${session}/${stream}`);
      return logged === undefined || numberOf(body.eventId) <= logged;
    }
    if (body.type !== 'message-delivered') return true;
    const message = `${body.message} ${session}`;
    return (this.#heard.get(`${actor} ${message}`) ?? 0) < (this.#published.get(message) ?? 0);
  }

  note({ actor, session, stream, body }: Unnumbered): void {
    const name = `${session}/${stream}`;
    // What waited in vain is told all the same, and then known.
    if (body.type === 'event-written') this.#grow(name, numberOf(body.eventId));
    if (body.type === 'message-delivered') count(this.#heard, `${actor} ${body.message} ${session}`);
    if (body.type !== 'store-called' || body.outcome === 'unreachable') return;
    if (body.operation === 'messages.publish') count(this.#published, `${body.message} ${session}`);
    else if (body.operation === 'logs.open') this.#logged.set(name, 0);
    else if (body.operation === 'logs.finish' || body.operation === 'logs.end') this.#logged.delete(name);
    else if (body.operation === 'logs.append') {
      if (body.outcome.endsWith('the last')) this.#logged.delete(name);
      else this.#grow(name, Number.parseInt(body.outcome.replace('number ', ''), 10));
    }
  }

  #grow(name: string, number: number): void {
    const logged = this.#logged.get(name);
    if (logged !== undefined && number > logged) this.#logged.set(name, number);
  }
}

/** 7 of `2.7`. What has no id rests on no log. */
function numberOf(eventId: string | undefined): number {
  return eventId === undefined ? 0 : Number(eventId.slice(eventId.lastIndexOf('.') + 1));
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
