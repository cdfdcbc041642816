/** What lessons ask of a wire log about a stream whose connection is lost, and the client that comes back for it. */

import type { WireEvent } from '../../playground-server/lab/wire.ts';
import { messageOf } from '../playground/model/event-message.ts';

export interface BrokenStream {
  stream: string;
  lastEventId: string;
  /** Id of the wire event in which it broke off. */
  at: number;
  /** The process that writes it. */
  process: string;
}

export interface Resumption {
  stream: string;
  /** The id after which the client came back. */
  after: string;
  /** Id of the wire event in which it did. */
  at: number;
  /** The process that goes on with it. */
  process: string;
}

/** The stream of a `hang_up` call, whose connection ended before the answer was on it. */
export function broken(events: readonly WireEvent[]): BrokenStream | undefined {
  for (const opening of events) {
    if (opening.body.type !== 'stream-opened' || !opening.body.request) continue;
    const ofStream = events.filter((event) => event.stream === opening.stream && event.session === opening.session);
    const end = ofStream.find(({ body }) => body.type === 'connection-closed');
    const written = ofStream.filter(({ id, body }) => body.type === 'event-written' && end && id < end.id);
    const last = written.findLast(({ body }) => body.type === 'event-written' && body.eventId !== undefined);
    if (!end || !opening.stream || last?.body.type !== 'event-written' || written.some(isAnswer)) continue;
    return { stream: opening.stream, lastEventId: last.body.eventId ?? '', at: end.id, process: opening.actor };
  }
  return undefined;
}

export function isAnswer(event: WireEvent): boolean {
  const message = event.body.type === 'event-written' ? messageOf(event) : undefined;
  return message !== undefined && !('method' in message);
}

/** How the client came back for it. */
export function resumption(events: readonly WireEvent[]): Resumption | undefined {
  const lost = broken(events);
  const back = events.find(({ id, stream, body }) => {
    return lost && id > lost.at && stream === lost.stream && body.type === 'stream-attached';
  });
  return lost && back && { stream: lost.stream, after: lost.lastEventId, at: back.id, process: back.actor };
}
