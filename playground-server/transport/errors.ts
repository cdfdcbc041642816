/**
 * Every status, code and message that the transport answers with, in one table. The reference page is made from it.
 *
 * A message says what was wrong and what would be right. `{words}` in braces are filled in when it is sent.
 */

import { modernCodes, rpcCodes } from './json-rpc.ts';

export interface ErrorEntry {
  /** The contract's rule that demands this answer. */
  readonly rule: string;
  /** HTTP status. 200: the error is the JSON-RPC answer to a request that HTTP delivered well. */
  readonly status: number;
  /** JSON-RPC code. */
  readonly code: number;
  readonly message: string;
  /** Seconds, for the `Retry-After` header. */
  readonly retryAfterSeconds?: number;
  /** The rest of the request body is not read: the connection closes. */
  readonly closesConnection?: true;
  /** For the `Allow` header of a 405: the verbs that would be served. */
  readonly allow?: string;
}

const { parseError, invalidRequest, invalidParams, internalError, methodNotFound } = rpcCodes;
const { headerMismatch, missingCapability, unsupportedVersion } = modernCodes;
const allVerbs = 'GET, POST, DELETE';

export const errors = {
  hostNotAllowed: {
    rule: 'G1',
    status: 403,
    code: invalidRequest,
    message: 'Invalid Host header: {host}. Send one of {allowed}, or add this host to allowedHosts.',
  },
  originNotAllowed: {
    rule: 'G2',
    status: 403,
    code: invalidRequest,
    message: 'Invalid Origin header: {origin}. Call from the same origin, or add this one to allowedOrigins.',
  },
  verbNotServed: {
    rule: 'G4',
    status: 405,
    code: invalidRequest,
    message: 'Method not allowed: {verb}. This endpoint serves POST, GET and DELETE.',
    allow: allVerbs,
  },
  statelessVerbNotServed: {
    rule: 'S4',
    status: 405,
    code: invalidRequest,
    message: 'Method not allowed: {verb}. This server keeps no sessions: there is nothing to open or to end. Use POST.',
    allow: 'POST',
  },
  modernVerbNotServed: {
    rule: 'G5',
    status: 405,
    code: invalidRequest,
    message: 'MCP-Protocol-Version {version} has no {verb} without a session. Use POST.',
    allow: 'POST',
  },
  notAcceptablePost: {
    rule: 'P1',
    status: 406,
    code: invalidRequest,
    message: 'Not Acceptable: send Accept: {needed}.',
  },
  notAcceptableGet: {
    rule: 'E2',
    status: 406,
    code: invalidRequest,
    message: 'Not Acceptable: send Accept: text/event-stream.',
  },
  unsupportedMediaType: {
    rule: 'P2',
    status: 415,
    code: invalidRequest,
    message: 'Unsupported Media Type: send Content-Type: application/json, without Content-Encoding.',
  },
  bodyTooLarge: {
    rule: 'P3',
    status: 413,
    code: invalidRequest,
    message: 'Content Too Large: the body may have {maxBytes} bytes.',
    closesConnection: true,
  },
  bodyTooSlow: {
    rule: 'P3',
    status: 408,
    code: invalidRequest,
    message: 'Request Timeout: the body was not complete after {timeoutMs} ms.',
    closesConnection: true,
  },
  notUtf8: { rule: 'P4', status: 400, code: parseError, message: 'Parse error: the body is not UTF-8.' },
  notJson: { rule: 'P4', status: 400, code: parseError, message: 'Parse error: the body is not JSON.' },
  tooDeep: {
    rule: 'P4',
    status: 400,
    code: parseError,
    message: 'Parse error: the JSON is nested deeper than {maxDepth} levels.',
  },
  notAMessage: {
    rule: 'P5',
    status: 400,
    code: invalidRequest,
    message: 'Not a JSON-RPC request, notification or response: {why}.',
  },
  unauthorized: { rule: 'P9', status: 401, code: invalidRequest, message: 'Unauthorized: see WWW-Authenticate.' },
  sessionForbidden: {
    rule: 'P9',
    status: 403,
    code: invalidRequest,
    message: 'Forbidden: this session was opened by someone else. Open your own with initialize.',
  },
  batchNotServed: {
    rule: 'P6',
    status: 400,
    code: invalidRequest,
    message: 'Send one JSON-RPC message per POST: arrays exist in revision 2025-03-26 alone.',
  },
  batchInvalid: { rule: 'P6', status: 400, code: invalidRequest, message: 'Invalid batch: {why}.' },
  sessionIdMissing: {
    rule: 'P7',
    status: 400,
    code: invalidRequest,
    message: 'Missing session ID: send the Mcp-Session-Id header that the answer to initialize carried.',
  },
  sessionNotFound: {
    rule: 'P7',
    status: 404,
    code: -32001,
    message: 'Session not found. Open a new one with initialize, without an Mcp-Session-Id header.',
  },
  versionNotSupported: {
    rule: 'P8',
    status: 400,
    code: invalidRequest,
    message: 'Unsupported MCP-Protocol-Version: {version}. This server speaks {supported}.',
  },
  initializeInSession: {
    rule: 'P10',
    status: 400,
    code: invalidRequest,
    message: 'Already initialized: this session is open. To open another, leave out the Mcp-Session-Id header.',
  },
  initializeInvalid: { rule: 'P10', status: 200, code: invalidParams, message: 'Invalid initialize params: {why}.' },
  tooManySessions: {
    rule: 'P11',
    status: 503,
    code: internalError,
    message: 'Too many sessions: this server holds {max}. Try again later.',
    retryAfterSeconds: 10,
  },
  tooManySessionsOfPrincipal: {
    rule: 'P11',
    status: 503,
    code: internalError,
    message: 'Too many sessions: you may have {max} open. End one with DELETE.',
    retryAfterSeconds: 10,
  },
  closing: {
    rule: 'X1',
    status: 503,
    code: internalError,
    message: 'This server is shutting down. Open a session again in a moment.',
    retryAfterSeconds: 1,
  },
  duplicateRequestId: {
    rule: 'P13',
    status: 409,
    code: invalidRequest,
    message: 'A request with id {id} is still in flight in this session. Use an id once.',
    retryAfterSeconds: 1,
  },
  tooManyInFlight: {
    rule: 'P17',
    status: 429,
    code: internalError,
    message: 'Too many requests in flight: a session may have {max}. Wait for an answer.',
    retryAfterSeconds: 1,
  },
  tooManyStreams: {
    rule: 'P17',
    status: 503,
    code: internalError,
    message: 'Too many open streams: this server holds {max}. Try again later.',
    retryAfterSeconds: 10,
  },
  sessionIdUnusable: {
    rule: 'S6',
    status: 500,
    code: internalError,
    message: 'Internal error: no session id could be made.',
  },
  replacedTooOften: {
    rule: 'E3',
    status: 409,
    code: invalidRequest,
    message: 'Two clients are taking this stream from each other. Open it from one of them, 10 s later.',
    retryAfterSeconds: 10,
  },
  nothingToResume: {
    rule: 'R1',
    status: 405,
    code: invalidRequest,
    message: 'Nothing left on this stream: it ended with event {eventId}.',
    allow: 'POST, DELETE',
  },
  lastEventIdInvalid: {
    rule: 'R2',
    status: 400,
    code: invalidRequest,
    message: 'Invalid Last-Event-ID: {eventId} names no event of this session, or one that is no longer kept.',
  },
  answerDropped: {
    rule: 'R2',
    status: 200,
    code: internalError,
    message:
      'The answer was dropped before it was read: the event log of this session was full. Send the request again.',
  },
  metaInvalid: { rule: 'M3', status: 400, code: invalidParams, message: 'Invalid _meta: {why}.' },
  versionUnsupported: {
    rule: 'M4',
    status: 400,
    code: unsupportedVersion,
    message: 'Unsupported protocol version {version}. This server speaks {supported}.',
  },
  headerMismatch: { rule: 'M5', status: 400, code: headerMismatch, message: 'Header mismatch: {why}.' },
  parameterHeaderMismatch: { rule: 'M6', status: 400, code: headerMismatch, message: 'Header mismatch: {why}.' },
  methodNotFound: { rule: 'M7', status: 404, code: methodNotFound, message: 'Method not found: {method}.' },
  modernBatch: {
    rule: 'M1',
    status: 400,
    code: invalidRequest,
    message: 'Send one JSON-RPC message per POST, not an array.',
  },
  modernResponse: {
    rule: 'M2',
    status: 400,
    code: invalidRequest,
    message: 'Responses are not sent to the server: answer an input_required result by retrying the request.',
  },
  capabilityMissing: {
    rule: 'M14',
    status: 400,
    code: missingCapability,
    message: 'This needs a client capability that _meta does not declare: {capabilities}.',
  },
  modernClosing: {
    rule: 'X1',
    status: 503,
    code: internalError,
    message: 'This server is shutting down. Send the request again in a moment.',
    retryAfterSeconds: 1,
  },
  askedFromElsewhere: {
    rule: 'I1',
    status: 200,
    code: internalError,
    message: '{method} cannot ask the client: only tools/call, prompts/get and resources/read can.',
  },
  askedByRequest: {
    rule: 'I1',
    status: 200,
    code: internalError,
    message: 'In {version} a server sends no requests: use ask, whose questions travel in the result.',
  },
  listenInvalid: {
    rule: 'L1',
    status: 400,
    code: invalidParams,
    message: 'Invalid subscriptions/listen: {why}.',
  },
  listenNeedsId: {
    rule: 'L1',
    status: 400,
    code: invalidRequest,
    message: 'subscriptions/listen is a request: it needs an id.',
  },
  tooManyListening: {
    rule: 'L1',
    status: 503,
    code: internalError,
    message: 'Too many subscriptions: this server holds {max}. Try again later.',
    retryAfterSeconds: 10,
  },
  tooManyListeningOfPrincipal: {
    rule: 'L1',
    status: 503,
    code: internalError,
    message: 'Too many subscriptions: you may have {max} open. Close one first.',
    retryAfterSeconds: 10,
  },
  requestStateInvalid: {
    rule: 'I2',
    status: 400,
    code: invalidParams,
    message:
      'Invalid requestState: it does not belong to this request, or its time is up. Send the request without it.',
  },
  instanceDied: {
    rule: 'B5',
    status: 200,
    code: internalError,
    message: 'The process that ran this request ended before it had an answer. Send the request again.',
  },
  storeUnreachable: {
    rule: 'B6',
    status: 503,
    code: internalError,
    message: 'The session storage is out of reach. Send the request again in a moment.',
    retryAfterSeconds: 1,
  },
  handlerFailed: { rule: 'G6', status: 200, code: internalError, message: 'Internal error.' },
  unexpected: { rule: 'X4', status: 500, code: internalError, message: 'Internal error.' },
} as const satisfies Record<string, ErrorEntry>;

export type ErrorName = keyof typeof errors;
