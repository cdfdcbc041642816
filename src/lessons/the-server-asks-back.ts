/** Lesson 4: a request in the other direction, and how its answer finds the call that waits. */

import type { WireEvent } from '../../playground-server/lab/wire.ts';
import { messageOf } from '../playground/model/event-message.ts';
import type { Lesson } from '../playground/model/lesson.ts';

export const theServerAsksBack: Lesson = {
  id: 'the-server-asks-back',
  title: 'The server asks back',
  deployment: 'single',
  steps: [
    { text: 'Open a session, and declare `elicitation`', acts: ['open'], seen: declared },
    { text: 'Call `ask`: a question arrives on its stream', acts: ['ask'], seen: asked },
    { text: 'Answer: your response is a POST of its own', acts: ['answer'], seen: answered },
    { text: 'It found the call that waited', acts: ['answer'], seen: found },
    { text: 'Call again, and decline', acts: ['ask', 'decline'], seen: declined },
    { text: 'Call again, and close the question', acts: ['ask', 'dismiss'], seen: dismissed },
  ],
  done: 'Done: the question went out on a stream, the answer came in by another request, and one process knew both.',
};

function declared(events: readonly WireEvent[]): string | undefined {
  const opening = events.find(({ body }) => body.type === 'session-created');
  const hello = events.find(({ exchange, body }) => exchange === opening?.exchange && body.type === 'request-body');
  const message = hello && messageOf(hello);
  const capabilities = message && 'params' in message ? message.params?.capabilities : undefined;
  const names = Object.keys((capabilities as object | undefined) ?? {});
  return names.includes('elicitation') ? names.join(', ') : undefined;
}

interface Asked {
  /** Its JSON-RPC id, which the server chose. */
  id: string;
  stream: string | undefined;
  /** Of the wire event that wrote it. */
  at: number;
}

/** The questions that were written to streams, in order. */
function questions(events: readonly WireEvent[]): Asked[] {
  return events.flatMap((event) => {
    const message = event.body.type === 'event-written' ? messageOf(event) : undefined;
    if (!message || !('method' in message) || !('id' in message) || message.method !== 'elicitation/create') return [];
    return [{ id: String(message.id), stream: event.stream, at: event.id }];
  });
}

/** The response of the client to a question: how it acted, and the exchange that brought it. */
function responseTo(events: readonly WireEvent[], { id, at }: Asked): { action: string; exchange: string } | undefined {
  for (const event of events) {
    const message = event.id > at && event.body.type === 'request-body' ? messageOf(event) : undefined;
    if (message && 'result' in message && String(message.id) === id) {
      return { action: String(message.result.action), exchange: event.exchange ?? '' };
    }
  }
  return undefined;
}

function asked(events: readonly WireEvent[]): string | undefined {
  const [first] = questions(events);
  return first && `elicitation/create on stream ${first.stream}`;
}

/** The question with an answer that somebody waited for. */
function answeredBy(events: readonly WireEvent[], action: string): (Asked & { exchange: string }) | undefined {
  for (const question of questions(events)) {
    const response = responseTo(events, question);
    const waited = events.some(({ exchange, body }) => {
      return body.type === 'client-answered' && body.waiting && exchange === response?.exchange;
    });
    if (response?.action === action && waited) return { ...question, exchange: response.exchange };
  }
  return undefined;
}

function answered(events: readonly WireEvent[]): string | undefined {
  const answer = answeredBy(events, 'accept');
  const head = events.find(({ exchange, body }) => exchange === answer?.exchange && body.type === 'response-head');
  return head?.body.type === 'response-head' ? `taken with ${head.body.status}` : undefined;
}

/** What the call came to, on the stream that had carried the question. */
function resultAfter(events: readonly WireEvent[], question: Asked | undefined): WireEvent | undefined {
  return events.find((event) => {
    if (!question || event.id < question.at || event.stream !== question.stream) return false;
    const message = event.body.type === 'event-written' ? messageOf(event) : undefined;
    return message !== undefined && 'result' in message;
  });
}

function found(events: readonly WireEvent[]): string | undefined {
  const result = resultAfter(events, answeredBy(events, 'accept'));
  return result && `its result on stream ${result.stream}`;
}

function declined(events: readonly WireEvent[]): string | undefined {
  return resultAfter(events, answeredBy(events, 'decline')) && 'the call ended with that';
}

function dismissed(events: readonly WireEvent[]): string | undefined {
  return resultAfter(events, answeredBy(events, 'cancel')) && 'the call ended with that';
}
