/** What the transcript says in words: titles, how an exchange ended, and what happened between two of them. */

import { STATUS_CODES } from 'node:http';
import type { WireEvent } from '../wire.ts';
import { type ExportedExchange, headerIn } from './exchanges.ts';
import type { ExportSettings } from './index.ts';
import { isEventStream, isRecord, parsed } from './markdown-blocks.ts';

const methodTitles: Readonly<Record<string, string>> = {
  initialize: 'The client opens a session',
  'notifications/initialized': 'The client is ready',
  'notifications/cancelled': 'The client cancels a request',
  'server/discover': 'The client asks what the server can do',
  'subscriptions/listen': 'The client listens for changes',
  'tools/list': 'The client lists the tools',
};

/** What the transcript is of. */
export function introOf(events: readonly WireEvent[], { beganAt, endpoint }: ExportSettings): string {
  const began = events.find(({ body }) => body.type === 'lab-began')?.body;
  const reading = 'Only headers that say something about MCP are shown; `Accept` and `Content-Type` where they change.';
  if (began?.type !== 'lab-began') {
    return `Endpoint \`${endpoint}\`. The log no longer holds its beginning. ${reading}`;
  }
  const processes = began.processes === 1 ? 'one process' : `${began.processes} processes`;
  return `Deployment \`${began.deployment}\`, ${processes}, at \`${endpoint}\`. It began at ${beganAt.toISOString()}; every time below counts from there. ${reading}`;
}

/** ``The client calls `whoami`: 404 Not Found`` */
export function titleOf(exchange: ExportedExchange): string {
  const { response, failure } = exchange;
  if (response && response.status >= 400) {
    return `${deedOf(exchange)}: ${response.status} ${STATUS_CODES[response.status] ?? ''}`.trim();
  }
  return failure === undefined ? deedOf(exchange) : `${deedOf(exchange)}, and it fails`;
}

function deedOf({ method, requestBody, requestHeaders }: ExportedExchange): string {
  const lastEventId = headerIn(requestHeaders, 'last-event-id');
  if (method === 'GET' && lastEventId !== undefined) return `The client comes back after event \`${lastEventId}\``;
  if (method === 'GET') return 'The client opens the standalone stream';
  if (method === 'DELETE') return 'The client ends the session';
  const message = requestBody && parsed(requestBody.text);
  if (!isRecord(message)) return `The client sends ${method}`;
  if (typeof message.method !== 'string') return 'The client answers the server';
  const { name, uri } = isRecord(message.params) ? message.params : {};
  if (message.method === 'tools/call' && typeof name === 'string') return `The client calls \`${name}\``;
  if (message.method === 'resources/read' && typeof uri === 'string') return `The client reads \`${uri}\``;
  return methodTitles[message.method] ?? `The client sends \`${message.method}\``;
}

/** The exchange that went on with the stream of this one, and its number. */
export function resumedBy(
  { id, session, stream }: ExportedExchange,
  exchanges: readonly ExportedExchange[],
): { number: number; after: string } | undefined {
  if (stream === undefined) return undefined;
  const own = exchanges.findIndex((other) => other.id === id);
  const index = exchanges.findIndex((other, at) => {
    const goesOn = other.stream === stream && other.session === session && other.response?.status === 200;
    return at > own && goesOn && headerIn(other.requestHeaders, 'last-event-id') !== undefined;
  });
  const next = exchanges[index];
  return next && { number: index + 1, after: headerIn(next.requestHeaders, 'last-event-id') ?? '' };
}

/** Where the stream of a resuming exchange was before. */
export function resumptionOf(exchange: ExportedExchange, exchanges: readonly ExportedExchange[]): string {
  if (headerIn(exchange.requestHeaders, 'last-event-id') === undefined || exchange.response?.status !== 200) return '';
  const own = exchanges.indexOf(exchange);
  const { stream, session } = exchange;
  const before = exchanges.findLastIndex(
    (other, at) => at < own && stream !== undefined && other.stream === stream && other.session === session,
  );
  return before < 0 ? '' : `The stream of exchange ${before + 1} goes on.`;
}

/** How it ended, where that is not how it should: an answer in full needs no words. */
export function endOf(exchange: ExportedExchange, answered: boolean, resumed: ReturnType<typeof resumedBy>): string {
  const { method, failure, end } = exchange;
  const how = failure === undefined ? closingOf(exchange, answered) : `**It failed.** ${failure}`;
  if (how === '' || resumed === undefined) return how;
  const then = `The stream outlived it: exchange ${resumed.number} goes on after event \`${resumed.after}\`.`;
  return method === 'GET' && !end ? how : `${how} ${then}`;
}

function closingOf(exchange: ExportedExchange, answered: boolean): string {
  const { end, response } = exchange;
  if (!end) return 'It was still open when this was written.';
  if (end.by === 'fault') return '**An injected fault broke the connection.**';
  if (end.by === 'client' && !answered) return '**The client closed the connection.**';
  if (!isEventStream(exchange) || response?.status !== 200 || answered) return '';
  return exchange.method === 'GET'
    ? 'The server closed the stream.'
    : '**The server closed the connection before the answer.**';
}

/** What happened that is no exchange. */
export function noteOf({ actor, session, stream, body }: WireEvent): string | undefined {
  switch (body.type) {
    case 'message-delivered':
      return `${actor} heard \`${body.message}\` from another process, by way of the store.`;
    case 'store-called':
      if (body.operation === 'logs.finish') return `${actor} wrote the end of stream ${stream}, whose process died.`;
      return body.operation === 'claims.acquire' ? `${actor} asked the store for a claim: ${body.outcome}.` : undefined;
    case 'store-restored':
      return 'The store can be reached again.';
    case 'kill-requested':
      return `${body.signal} was sent to ${body.process}, pid ${body.pid}.`;
    case 'process-exited':
      return `${body.process}, pid ${body.pid}, ended${body.signal === null ? ` with code ${body.code}` : ` by ${body.signal}`}.`;
    case 'process-started':
      return `${body.process} started as pid ${body.pid}.`;
    case 'connection-mode-changed':
      return `From here on connections are ${body.connection}.`;
    case 'emit-requested':
      return `${body.process} was told to emit \`${body.method}\`.`;
    case 'fault-injected':
      return `A fault was injected: \`${JSON.stringify(body.fault)}\`.`;
    case 'session-ended':
      return `Session ${session === undefined ? '' : `\`${session}\` `}is over: ${body.reason}.`;
    case 'lab-ended':
      return `The lab is over: ${body.reason}.`;
    case 'log-gap':
      return 'Older events have left the log.';
    default:
      return undefined;
  }
}
