/** The public face of the transport. The Node adapter stands apart in node.ts: this file runs on any runtime. */

export type {
  Admission,
  Asker,
  Backplane,
  ClaimStore,
  CreateOutcome,
  EndedSession,
  EventLogBounds,
  FoundLog,
  LoggedEvent,
  LogSlice,
  LogStore,
  MessageBus,
  NewEvent,
  SessionChange,
  SessionLimits,
  SessionRecord,
  SessionStore,
  StreamLog,
  StreamPurpose,
  UnfinishedStream,
} from './backplane/backplane.ts';
export { StoreUnreachable } from './backplane/backplane.ts';
export { memory } from './backplane/memory.ts';
export { type ErrorEntry, type ErrorName, errors } from './errors.ts';
export type { BodyOutcome, EventSink, Exchange, ResponseHeaders } from './exchange.ts';
export {
  AskError,
  type AskFailure,
  type AskOptions,
  type Awaitable,
  type ClientRequestOptions,
  type Handler,
  type HeaderParameter,
  type Implementation,
  type InputRequest,
  type InputRequests,
  type LogLevel,
  logLevels,
  type MessageContext,
  type RequestContext,
  RpcError,
  type ServerDescription,
  type SessionHandle,
} from './handler.ts';
export { elicitation, roots, sampling } from './inputs.ts';
export type { Inspection } from './inspect.ts';
export type {
  JsonObject,
  JsonRpcNotification,
  JsonRpcRequest,
  JsonRpcResponse,
  JsonValue,
  RequestId,
} from './json-rpc.ts';
export { headerParameters } from './modern/header-parameters.ts';
export { optionTable } from './option-table.ts';
export type { AuthorizeSession, Identify, Options, SessionView, TransportOptions } from './options.ts';
export type { RequestHead } from './request-head.ts';
export { StreamableHttpTransport } from './streamable-http.ts';
export type { HeaderList, SessionEndReason, SessionMissingReason, Trace, TraceEvent, TracePlace } from './trace.ts';
export { handshakeVersions, modernVersions } from './versions.ts';
