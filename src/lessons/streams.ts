/** What lessons about streams ask of a wire log. */

import type { WireEvent } from '../../playground-server/lab/wire.ts';
import { messageOf } from '../playground/model/event-message.ts';

/** Streams, by session and name, that answer a request; the standalone one does not. */
export function postStreams(events: readonly WireEvent[]): Set<string> {
  const streams = new Set<string>();
  for (const event of events) {
    if (event.body.type === 'stream-opened' && event.body.request) streams.add(streamKey(event));
  }
  return streams;
}

/** Names a stream among those of all sessions. */
export function streamKey({ session, stream }: WireEvent): string {
  return `${session}/${stream}`;
}

/** The method of the notification that this event wrote to a stream. */
export function methodWritten(event: WireEvent): string | undefined {
  const message = event.body.type === 'event-written' ? messageOf(event) : undefined;
  return message && 'method' in message ? message.method : undefined;
}
