/** Lesson 2: which message travels on which stream. */

import type { WireEvent } from '../../playground-server/lab/wire.ts';
import type { Lesson } from '../playground/model/lesson.ts';
import { methodWritten, postStreams, streamKey } from './streams.ts';

export const theOtherStream: Lesson = {
  id: 'the-other-stream',
  title: 'The other stream',
  deployment: 'single',
  steps: [
    { text: 'Open a session', acts: ['open'], seen: opened },
    { text: 'Open the standalone stream with GET', acts: ['listen'], seen: standaloneOpened },
    { text: 'Call `count`: its progress travels with the call', acts: ['count'], seen: progressOnItsOwn },
    { text: 'Announce a change: it travels on the other stream', acts: ['announce'], seen: announced },
    { text: 'Close the GET stream, and announce again', acts: ['close', 'announce'], seen: announcedToNobody },
    { text: 'Open it again: what was missed is waiting', acts: ['listen'], seen: caughtUp },
  ],
  done: 'Done: a message about a request travels with that request, and anything else on the stream that GET opened.',
};

function opened(events: readonly WireEvent[]): string | undefined {
  return events.find(({ body }) => body.type === 'session-created')?.session;
}

/** Connections of standalone streams, in the order in which they were opened. */
function standaloneConnections(events: readonly WireEvent[]): WireEvent[] {
  const streams = postStreams(events);
  return events.filter((event) => event.body.type === 'stream-attached' && !streams.has(streamKey(event)));
}

function standaloneOpened(events: readonly WireEvent[]): string | undefined {
  const [first] = standaloneConnections(events);
  return first && `stream ${first.stream} open`;
}

function progressOnItsOwn(events: readonly WireEvent[]): string | undefined {
  const streams = postStreams(events);
  const progress = events.filter((event) => methodWritten(event) === 'notifications/progress');
  const own = progress.filter((event) => streams.has(streamKey(event)));
  const stream = own.at(-1)?.stream;
  if (stream === undefined || standaloneConnections(events).length === 0) return undefined;
  return `${own.length} events on stream ${stream}, ${progress.length - own.length} on the other`;
}

/** Announcements that were written to a connection of a standalone stream. */
function announcements(events: readonly WireEvent[]): WireEvent[] {
  const streams = postStreams(events);
  return events.filter((event) => methodWritten(event)?.endsWith('list_changed') && !streams.has(streamKey(event)));
}

function announced(events: readonly WireEvent[]): string | undefined {
  const [first] = announcements(events);
  return first && `on stream ${first.stream}`;
}

/** A call of `announce` that was answered while no standalone stream was open. */
function unheard(events: readonly WireEvent[]): WireEvent | undefined {
  const connections = new Set(standaloneConnections(events).map(({ exchange }) => exchange));
  const open = new Set<string | undefined>();
  const announcing = new Set<string | undefined>();
  let everOpen = false;
  for (const event of events) {
    const { exchange, body } = event;
    if (body.type === 'stream-attached' && connections.has(exchange)) {
      open.add(exchange);
      everOpen = true;
    }
    if (body.type === 'response-end') open.delete(exchange);
    if (body.type === 'request-body' && body.body.includes('"announce"')) announcing.add(exchange);
    if (body.type === 'response-end' && announcing.has(exchange) && everOpen && open.size === 0) return event;
  }
  return undefined;
}

function announcedToNobody(events: readonly WireEvent[]): string | undefined {
  return unheard(events) && 'no connection carried it';
}

function caughtUp(events: readonly WireEvent[]): string | undefined {
  const missed = unheard(events);
  const late = missed && announcements(events).find(({ id }) => id > missed.id);
  return late?.body.type === 'event-written' ? `event ${late.body.eventId}, as soon as the stream was open` : undefined;
}
