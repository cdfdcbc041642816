/** Lesson 3: a connection is lost in the middle of an answer, and nothing else is. */

import type { WireEvent } from '../../playground-server/lab/wire.ts';
import { messageOf } from '../playground/model/event-message.ts';
import type { Lesson } from '../playground/model/lesson.ts';
import { requestsOf } from '../playground/model/requests.ts';
import { methodWritten } from './streams.ts';

export const loseTheConnection: Lesson = {
  id: 'lose-the-connection',
  title: 'Lose the connection, keep the session',
  deployment: 'single',
  steps: [
    { text: 'Open a session', acts: ['open'], seen: opened },
    { text: 'Call `hang_up`: the connection closes in the middle', acts: ['hang_up'], seen: brokenOff, loss: true },
    { text: 'Come back with `Last-Event-ID`', acts: ['resume'], seen: resumed },
    { text: 'Count: nothing lost, nothing twice', acts: ['resume'], seen: complete },
    { text: 'Call again: the session never noticed', acts: ['list'], seen: sessionLives },
  ],
  done: 'Done: a connection carries a stream for a while. The stream has a memory of its own, and so has the session.',
};

function opened(events: readonly WireEvent[]): string | undefined {
  return events.find(({ body }) => body.type === 'session-created')?.session;
}

interface Resumption {
  stream: string;
  /** The id after which the client came back. */
  after: string;
  /** Id of the wire event in which it did. */
  at: number;
}

/** The stream of a `hang_up` call, whose connection ended before the answer was on it. */
function broken(events: readonly WireEvent[]): { stream: string; lastEventId: string; at: number } | undefined {
  for (const opening of events) {
    if (opening.body.type !== 'stream-opened' || !opening.body.request) continue;
    const ofStream = events.filter((event) => event.stream === opening.stream && event.session === opening.session);
    const end = ofStream.find(({ body }) => body.type === 'connection-closed');
    const written = ofStream.filter(({ id, body }) => body.type === 'event-written' && end && id < end.id);
    const last = written.findLast(({ body }) => body.type === 'event-written' && body.eventId !== undefined);
    if (!end || !opening.stream || last?.body.type !== 'event-written' || written.some(isAnswer)) continue;
    return { stream: opening.stream, lastEventId: last.body.eventId ?? '', at: end.id };
  }
  return undefined;
}

function isAnswer(event: WireEvent): boolean {
  const message = event.body.type === 'event-written' ? messageOf(event) : undefined;
  return message !== undefined && !('method' in message);
}

function brokenOff(events: readonly WireEvent[]): string | undefined {
  const lost = broken(events);
  return lost && `stream ${lost.stream} broke off after event ${lost.lastEventId}`;
}

function resumption(events: readonly WireEvent[]): Resumption | undefined {
  const lost = broken(events);
  const back = events.find(({ id, stream, body }) => {
    return lost && id > lost.at && stream === lost.stream && body.type === 'stream-attached';
  });
  return lost && back && { stream: lost.stream, after: lost.lastEventId, at: back.id };
}

function resumed(events: readonly WireEvent[]): string | undefined {
  const back = resumption(events);
  return back && `stream ${back.stream} went on after ${back.after}`;
}

function complete(events: readonly WireEvent[]): string | undefined {
  const back = resumption(events);
  if (!back) return undefined;
  const written = events.filter(({ stream, body }) => stream === back.stream && body.type === 'event-written');
  const steps = written.flatMap((event) => {
    const message = methodWritten(event) === 'notifications/progress' ? messageOf(event) : undefined;
    return message && 'params' in message && message.params ? [Number(message.params.progress)] : [];
  });
  const inOrder = steps.every((step, index) => step === index + 1);
  if (!inOrder || !written.some(isAnswer)) return undefined;
  return `steps ${steps.join(', ')}, and the answer`;
}

function sessionLives(events: readonly WireEvent[]): string | undefined {
  const back = resumption(events);
  const later = requestsOf(events).find((request) => {
    return (
      back && request.id > back.at && request.method !== 'GET' && request.table === 'found' && request.status === 200
    );
  });
  return later && `found in ${later.process}`;
}
