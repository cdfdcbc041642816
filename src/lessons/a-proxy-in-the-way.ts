/** Lesson 11: what a proxy does to event streams, and what helps. */

import type { WireEvent } from '../../playground-server/lab/wire.ts';
import { type Exchange, gatherExchanges, headerOf } from '../playground/model/exchanges.ts';
import type { Lesson } from '../playground/model/lesson.ts';
import { methodWritten } from './streams.ts';

export const aProxyInTheWay: Lesson = {
  id: 'a-proxy-in-the-way',
  title: 'A proxy in the way',
  deployment: 'single',
  steps: [
    { text: 'Open a session', acts: ['open'], seen: opened },
    { text: 'Call `count`: each event arrives when it is written', acts: ['count'], seen: oneByOne },
    { text: 'Hold answers back, and call again', acts: ['buffer', 'count'], seen: allAtOnce, loss: true },
    { text: 'Take the buffer back, and call again', acts: ['unbuffer', 'count'], seen: oneByOneAgain },
    { text: 'Cut what is quiet, and open the GET stream', acts: ['cut_idle', 'listen'], seen: cut, loss: true },
    { text: 'Announce a change, while nobody listens', acts: ['announce'], seen: announced },
    { text: 'Come back with `Last-Event-ID`: it waited', acts: ['resume'], seen: resumed },
    { text: 'Take the cut back, and come back once more', acts: ['uncut', 'resume'], seen: staysOpen },
  ],
  done: 'Done: a proxy must not buffer event streams, and must wait longer than the keep-alive takes.',
};

function opened(events: readonly WireEvent[]): string | undefined {
  return events.find(({ body }) => body.type === 'session-created')?.session;
}

/** Ids of the events in which a fault of this kind was set to more than nothing, or taken back. */
function injected(events: readonly WireEvent[], kind: 'buffer' | 'cut-idle', on: boolean): number | undefined {
  return events.find(({ body }) => {
    if (body.type !== 'fault-injected' || body.fault.kind !== kind) return false;
    return ('bytes' in body.fault ? body.fault.bytes : 'ms' in body.fault ? body.fault.ms : 0) > 0 === on;
  })?.id;
}

/** Calls whose progress was written on their streams, and that ended, in order. */
function counts(events: readonly WireEvent[]): Exchange[] {
  const progress = events.filter((event) => methodWritten(event) === 'notifications/progress');
  const asked = new Set(progress.map(({ exchange }) => exchange));
  return [...gatherExchanges(events).values()].filter(({ id, end }) => asked.has(id) && end?.by === 'server');
}

/** How long the slowest event of a stream was under way. */
function longestMs({ frames }: Exchange): number {
  return Math.round(Math.max(0, ...frames.map(({ atMs, arrivedAtMs = atMs }) => arrivedAtMs - atMs)));
}

const isOneByOne = ({ frames, chunks }: Exchange): boolean => chunks.length >= frames.length - 1;

function inPieces(call: Exchange | undefined): string | undefined {
  return call && `${call.frames.length} events, in ${call.chunks.length} pieces`;
}

function oneByOne(events: readonly WireEvent[]): string | undefined {
  return inPieces(counts(events).find(isOneByOne));
}

function allAtOnce(events: readonly WireEvent[]): string | undefined {
  const since = injected(events, 'buffer', true);
  const call = counts(events).find(({ wireId, chunks }) => since && wireId > since && chunks.length === 1);
  return call && `${call.frames.length} events in one piece, the first ${longestMs(call)} ms late`;
}

function oneByOneAgain(events: readonly WireEvent[]): string | undefined {
  const since = injected(events, 'buffer', false);
  return inPieces(counts(events).find((call) => since && call.wireId > since && isOneByOne(call)));
}

/** The GET stream that was cut because nothing moved on it. */
function cutStream(events: readonly WireEvent[]): Exchange | undefined {
  return [...gatherExchanges(events).values()].find(
    ({ request, end }) => request?.method === 'GET' && end?.by === 'fault',
  );
}

function cut(events: readonly WireEvent[]): string | undefined {
  const stream = cutStream(events);
  return stream?.end && `cut after ${((stream.end.atMs - stream.atMs) / 1000).toFixed(1)} s`;
}

function announced(events: readonly WireEvent[]): string | undefined {
  const cutAt = cutStream(events)?.end?.wireId;
  const call = [...gatherExchanges(events).values()].find(({ wireId, body, end }) => {
    return cutAt !== undefined && wireId > cutAt && body?.text.includes('"announce"') && end;
  });
  return call && 'no connection carried it';
}

/** GET requests that came back for a stream after this event. */
function returns(events: readonly WireEvent[], after: number): Exchange[] {
  return [...gatherExchanges(events).values()].filter(({ wireId, request, response }) => {
    const back = headerOf(request?.headers, 'last-event-id') !== undefined;
    return back && wireId > after && response?.status === 200;
  });
}

function resumed(events: readonly WireEvent[]): string | undefined {
  const stream = cutStream(events);
  if (!stream?.end) return undefined;
  const [back] = returns(events, stream.end.wireId);
  const missed = back?.frames.find(({ message }) => {
    return message && 'method' in message && message.method.endsWith('list_changed');
  });
  return missed && `event ${missed.eventId} had waited`;
}

function staysOpen(events: readonly WireEvent[]): string | undefined {
  const since = injected(events, 'cut-idle', false);
  const [back] = since === undefined ? [] : returns(events, since);
  return back && `stream ${back.stream} open`;
}
