/** What the transport in a process reports: the same events that the option `trace` is told. */

import type { TraceEvent } from '../../playground-server/transport/trace.ts';
import { field, maybe, type WireTable } from './wire-event.ts';

const headers = field('[[name, value], …]', 'Credentials as `…`, session ids masked.');
const requestId = field('string or number', 'The JSON-RPC id.');

export const transportEvents: WireTable<TraceEvent['type']> = {
  'request-received': {
    about: 'The head of a request, before anything was checked.',
    fields: { method: field('string', 'The verb.'), headers },
  },
  'body-received': {
    about: 'Its body is complete.',
    fields: { body: field('string', 'The text. Cut after 16 kB; then the event has `cutFromBytes`.') },
  },
  'request-refused': {
    about: 'The transport refused the request.',
    fields: {
      rule: field('string', 'The id of the rule in the contract that it broke.'),
      status: field('number', 'The status of HTTP.'),
      message: field('string', 'The message of the error.'),
    },
  },
  'response-sent': {
    about: 'The request was answered in one piece.',
    fields: { status: field('number', 'The status of HTTP.'), headers, body: field('string', 'The answer.') },
  },
  'session-created': {
    about: '`initialize` made a session.',
    fields: {
      protocolVersion: field('string', 'The version that was agreed.'),
      clientName: field('string', 'The name that the client gave.'),
    },
  },
  'session-found': { about: 'The session id of a request is in the table of this process.', fields: {} },
  'session-missing': {
    about: 'It is not, and the request is answered 404.',
    fields: {
      reason: field('"deleted", "expired", "evicted", "closed" or "unknown"', 'Why, as far as this process knows.'),
    },
  },
  'session-ended': {
    about: 'The session is over, with all it had (S3).',
    fields: { reason: field('"deleted", "expired", "evicted" or "closed"', 'Who or what ended it.') },
  },
  'version-differs': {
    about: 'The client named another version than the one agreed. The agreed one governs (P8).',
    fields: {
      negotiated: field('string', 'The agreed one.'),
      header: field('string', 'What `MCP-Protocol-Version` said.'),
    },
  },
  'message-received': {
    about: 'A JSON-RPC message has reached its handler.',
    fields: {
      kind: field('"request", "notification" or "response"', 'Which of the three.'),
      method: maybe('string', 'Not for a response.'),
      id: maybe('string or number', 'Not for a notification.'),
    },
  },
  'stream-opened': {
    about: 'A stream has begun. It may outlive its connection.',
    fields: { request: maybe('{method, id}', 'Whose stream it is. The standalone stream has none.') },
  },
  'stream-attached': {
    about: 'A connection began to read the stream.',
    fields: { cursor: field('number', 'It goes on after the event of this number.') },
  },
  'stream-replaced': { about: 'A newer connection took the stream over (E3, R3).', fields: {} },
  'stream-ended': { about: 'A stream of the modern era is over, as it ends with its connection.', fields: {} },
  'event-written': {
    about: 'One event of a stream was handed to the socket.',
    fields: {
      kind: field('"message", "prime", "retry" or "comment"', 'Only `message` carries JSON-RPC.'),
      eventId: maybe('string', 'The `id` in it, where the stream can be resumed.'),
      bytes: field('string', 'Exactly what was written.'),
    },
  },
  'connection-closed': {
    about: 'A connection that carried a stream is over. Stream and session may live on (E7).',
    fields: { by: field('"client" or "server"', 'Who closed it.') },
  },
  'message-dropped': {
    about: 'A message had nowhere to go.',
    fields: {
      method: field('string', 'Its method.'),
      why: field('"request-already-answered", "session-ended" or "no-stream"', 'Why not.'),
    },
  },
  'request-cancelled': { about: 'The client took a request back.', fields: { id: requestId } },
  'client-asked': {
    about: 'A handler asked the client something (C1).',
    fields: {
      method: field('string', 'Such as `elicitation/create`.'),
      id: field('string or number', 'The id of the question, which names the process that asked.'),
    },
  },
  'client-answered': {
    about: "The client's response to it is here.",
    fields: {
      id: requestId,
      waiting: field('boolean', 'Whether somebody still waited for it.'),
    },
  },
  'handler-failed': {
    about: 'A handler threw something that is not meant for the client, who gets `Internal error` (G6).',
    fields: {
      method: field('string', 'What it answered.'),
      error: field('string', 'What it threw, with its stack.'),
    },
  },
};
