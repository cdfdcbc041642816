/** What the lessons of the modern era ask of a wire log about who listens, and what each hears. */

import type { ProcessName, WireEvent } from '../../playground-server/lab/wire.ts';
import type { JsonObject } from '../../playground-server/transport/json-rpc.ts';
import { messageOf } from '../playground/model/event-message.ts';
import { requestsOf, type SeenRequest } from '../playground/model/requests.ts';
import { methodWritten } from './streams.ts';

export interface Listener {
  /** The process that writes its stream. */
  process: ProcessName | undefined;
  /** How often it was told that the list of tools has changed. */
  heard: number;
}

/** The streams of `subscriptions/listen`, in order. */
export function listeners(events: readonly WireEvent[]): Listener[] {
  const streams = requestsOf(events).filter(
    ({ method, status }) => method === 'subscriptions/listen' && status === 200,
  );
  return streams.map(({ exchange, process }) => {
    const heard = events.filter((event) => {
      return event.exchange === exchange && methodWritten(event) === 'notifications/tools/list_changed';
    });
    return { process, heard: heard.length };
  });
}

/** The changes that were announced since two streams were open, each by the call that did it. */
export function announcements(events: readonly WireEvent[]): SeenRequest[] {
  const [, second] = requestsOf(events).filter(({ method }) => method === 'subscriptions/listen');
  return requestsOf(events).filter((request) => {
    return second && request.id > second.id && request.status === 200 && sent(events, request)?.name === 'announce';
  });
}

/** A call that was sent again with the state that the server had given out. */
export interface Retry {
  sealedBy: string;
  process: ProcessName | undefined;
  status: number | undefined;
}

/** The processes that sealed a state, and what each state was. */
export function sealed(events: readonly WireEvent[]): { process: string; state: string }[] {
  return events.flatMap(({ actor, body }) => {
    const state = body.type === 'response-sent' ? /"requestState":"([^"]+)"/.exec(body.body)?.[1] : undefined;
    return state === undefined ? [] : [{ process: actor, state }];
  });
}

/** The answered retry that went to another process than the one that sealed its state. */
export function retryElsewhere(events: readonly WireEvent[]): Retry | undefined {
  const states = sealed(events);
  for (const request of requestsOf(events)) {
    const by = states.find(({ state }) => state === sent(events, request)?.requestState)?.process;
    const { process, status } = request;
    if (by !== undefined && by !== process && status !== undefined) return { sealedBy: by, process, status };
  }
  return undefined;
}

/** The parameters of a request. */
function sent(events: readonly WireEvent[], { exchange }: SeenRequest): JsonObject | undefined {
  const event = events.find((one) => one.exchange === exchange && one.body.type === 'request-body');
  const message = event && messageOf(event);
  return message && 'params' in message ? (message.params as JsonObject) : undefined;
}
