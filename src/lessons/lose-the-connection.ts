/** Lesson 3: a connection is lost in the middle of an answer, and nothing else is. */

import type { WireEvent } from '../../playground-server/lab/wire.ts';
import { messageOf } from '../playground/model/event-message.ts';
import type { Lesson } from '../playground/model/lesson.ts';
import { requestsOf } from '../playground/model/requests.ts';
import { broken, isAnswer, resumption } from './broken-streams.ts';
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

function brokenOff(events: readonly WireEvent[]): string | undefined {
  const lost = broken(events);
  return lost && `stream ${lost.stream} broke off after event ${lost.lastEventId}`;
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
