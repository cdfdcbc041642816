/** Lesson 8: any process answers, and one that dies in the middle of a call takes nothing with it but that call. */

import type { WireEvent } from '../../playground-server/lab/wire.ts';
import { messageOf } from '../playground/model/event-message.ts';
import type { Lesson } from '../playground/model/lesson.ts';
import { isLost, requestsOf, type SeenRequest } from '../playground/model/requests.ts';
import { isAnswer } from './broken-streams.ts';
import { named } from './processes.ts';
import { streamKey } from './streams.ts';

export const shareTheState: Lesson = {
  id: 'share-the-state',
  title: 'Share the state',
  deployment: 'shared',
  steps: [
    { text: 'Open a session, in one of four processes', acts: ['open'], seen: opened },
    { text: 'Call `whoami` four times: every process finds it', acts: ['whoami'], seen: foundByAll },
    { text: 'Call `ask`, and answer: another process takes it', acts: ['ask', 'answer'], seen: answeredElsewhere },
    { text: 'Call `count`, and kill the process in the middle', acts: ['count_on', 'kill'], seen: diedInTheMiddle },
    { text: 'Resume: another process tells how it ended', acts: ['resume'], seen: endedElsewhere },
    { text: 'Call again: the session outlives its process', acts: ['whoami'], seen: stillFound },
  ],
  done: 'Done: sessions, events and messages are in a store that all four reach. A call that runs is in one process, and its end is told by another.',
};

function opened(events: readonly WireEvent[]): string | undefined {
  const first = requestsOf(events).find(({ table }) => table === 'created');
  return first && `${first.session} opened by ${first.process}`;
}

const calls = (events: readonly WireEvent[]): SeenRequest[] =>
  requestsOf(events).filter(({ method, table }) => method === 'tools/call' && table !== undefined);

function foundByAll(events: readonly WireEvent[]): string | undefined {
  const before = died(events)?.at ?? Number.POSITIVE_INFINITY;
  const all = calls(events).filter(({ id }) => id < before);
  const processes = new Set(all.map(({ process }) => process));
  if (processes.size < 2 || all.length < 4 || all.some(isLost)) return undefined;
  return `${all.length} of ${all.length} found, in ${named(all)}`;
}

/** A question whose answer another process took and passed on, and the result that the one that asked then wrote. */
function answeredElsewhere(events: readonly WireEvent[]): string | undefined {
  for (const { actor: asker, body: question } of events) {
    if (question.type !== 'client-asked') continue;
    const heard = events.find(({ body }) => body.type === 'client-answered' && body.id === question.id);
    const passedOn = events.findLast(({ id, body }) => {
      return heard && id < heard.id && body.type === 'store-called' && body.message === 'answer';
    });
    const stream = events.find((event) => event.actor === asker && idWritten(event) === question.id);
    if (!heard || !passedOn || !stream || passedOn.actor === asker) continue;
    const result = events.find((event) => {
      return event.id > heard.id && event.actor === asker && isAnswer(event) && streamKey(event) === streamKey(stream);
    });
    if (result) return `${asker} asked, ${passedOn.actor} took the answer, ${asker} had it`;
  }
  return undefined;
}

/** The id of the request that this event wrote to a stream. */
function idWritten(event: WireEvent): unknown {
  const message = event.body.type === 'event-written' ? messageOf(event) : undefined;
  return message && 'method' in message && 'id' in message ? message.id : undefined;
}

interface Death {
  /** Id of the event in which the connection broke off. */
  at: number;
  atMs: number;
  process: string;
  stream: string;
  lastEventId: string;
}

/** A process that died in the middle of a call, after it had written some of the call's stream. */
function died(events: readonly WireEvent[]): Death | undefined {
  for (const { id: at, atMs, exchange, body } of events) {
    if (body.type !== 'process-failed') continue;
    const attached = events.find((event) => event.exchange === exchange && event.body.type === 'stream-attached');
    const last = events.findLast((event) => {
      const named = event.body.type === 'event-written' && event.body.eventId !== undefined;
      return named && attached && event.id < at && streamKey(event) === streamKey(attached);
    });
    if (!attached || last?.body.type !== 'event-written' || isAnswer(last)) continue;
    const lastEventId = last.body.eventId ?? '';
    return { at, atMs, process: body.process, stream: streamKey(attached), lastEventId };
  }
  return undefined;
}

function diedInTheMiddle(events: readonly WireEvent[]): string | undefined {
  const death = died(events);
  return death && `${death.process} died after event ${death.lastEventId}`;
}

function endedElsewhere(events: readonly WireEvent[]): string | undefined {
  const death = died(events);
  const end = events.find((event) => {
    return death && event.id > death.at && streamKey(event) === death.stream && isAnswer(event);
  });
  if (!death || !end || end.actor === death.process) return undefined;
  const seconds = ((end.atMs - death.atMs) / 1000).toFixed(1);
  return `${end.actor} wrote the error, ${seconds} s after the death`;
}

function stillFound(events: readonly WireEvent[]): string | undefined {
  const death = died(events);
  const after = calls(events).filter(({ id }) => death && id > death.at);
  if (after.length < 4 || after.some(isLost)) return undefined;
  return `all ${after.length} found, by ${named(after)}`;
}
