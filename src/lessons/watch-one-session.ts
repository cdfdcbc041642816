/** Lesson 1: one session from its birth to its end, in one process. */

import type { WireEvent } from '../../playground-server/lab/wire.ts';
import type { Lesson } from '../playground/model/lesson.ts';
import { methodWritten, postStreams, streamKey } from './streams.ts';

export const watchOneSession: Lesson = {
  id: 'watch-one-session',
  title: 'Watch one session',
  deployment: 'single',
  steps: [
    { text: 'Open a session', acts: ['open'], seen: sessionCreated },
    { text: 'List the tools', acts: ['list'], seen: toolsListed },
    { text: 'Call `count`, and see its progress arrive', acts: ['count'], seen: progressOnPostStream },
    { text: 'Open the standalone stream with GET', acts: ['listen'], seen: standaloneStream },
    { text: 'Announce a change, and see it arrive there', acts: ['announce'], seen: announcement },
    { text: 'End the session with DELETE', acts: ['end'], seen: sessionDeleted },
  ],
  done: 'Done: one session, from its first request to its last.',
};

function sessionCreated(events: readonly WireEvent[]): string | undefined {
  const created = events.find(({ body }) => body.type === 'session-created');
  return created && `${created.session ?? ''} in ${created.actor}`;
}

function toolsListed(events: readonly WireEvent[]): string | undefined {
  const asked = events.find(({ body }) => body.type === 'message-received' && body.method === 'tools/list');
  const answered =
    asked &&
    events.find(({ id, exchange, body }) => {
      return id > asked.id && exchange === asked.exchange && body.type === 'response-end' && body.by === 'server';
    });
  return answered && 'answered';
}

function progressOnPostStream(events: readonly WireEvent[]): string | undefined {
  const streams = postStreams(events);
  const counts = new Map<string, number>();
  for (const event of events) {
    if (methodWritten(event) !== 'notifications/progress' || !streams.has(streamKey(event))) continue;
    counts.set(streamKey(event), (counts.get(streamKey(event)) ?? 0) + 1);
  }
  const most = Math.max(0, ...counts.values());
  return most === 0 ? undefined : `${most} ${most === 1 ? 'event' : 'events'}`;
}

function standaloneStream(events: readonly WireEvent[]): string | undefined {
  const streams = postStreams(events);
  const attached = events.find((event) => event.body.type === 'stream-attached' && !streams.has(streamKey(event)));
  return attached && `stream ${attached.stream ?? ''} open`;
}

function announcement(events: readonly WireEvent[]): string | undefined {
  const streams = postStreams(events);
  const arrived = events.find((event) => {
    return (methodWritten(event) ?? '').endsWith('list_changed') && !streams.has(streamKey(event));
  });
  return arrived && `on stream ${arrived.stream ?? ''}`;
}

function sessionDeleted(events: readonly WireEvent[]): string | undefined {
  const ended = events.find(({ body }) => body.type === 'session-ended' && body.reason === 'deleted');
  return ended && `${ended.session ?? ''} ended`;
}
