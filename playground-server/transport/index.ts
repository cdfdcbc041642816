/** The public face of the transport. The Node adapter stands apart in node.ts: this file runs on any runtime. */

export type {
  Admission,
  Backplane,
  CreateOutcome,
  EndedSession,
  EventLogBounds,
  LoggedEvent,
  LogSlice,
  LogStore,
  SessionLimits,
  SessionRecord,
  SessionStore,
  StreamLog,
} from './backplane/backplane.ts';
export { memory } from './backplane/memory.ts';
export { type ErrorEntry, type ErrorName, errors } from './errors.ts';
export type { BodyOutcome, EventSink, Exchange, ResponseHeaders } from './exchange.ts';
export {
  type Awaitable,
  type Handler,
  type Implementation,
  type LogLevel,
  logLevels,
  type RequestContext,
  RpcError,
  type ServerDescription,
  type SessionContext,
  type SessionHandle,
} from './handler.ts';
export type { Inspection } from './inspect.ts';
export type {
  JsonObject,
  JsonRpcNotification,
  JsonRpcRequest,
  JsonRpcResponse,
  JsonValue,
  RequestId,
} from './json-rpc.ts';
export { type Options, optionTable, type TransportOptions } from './options.ts';
export { StreamableHttpTransport } from './streamable-http.ts';
export type { HeaderList, SessionEndReason, SessionMissingReason, Trace, TraceEvent, TracePlace } from './trace.ts';
export { handshakeVersions } from './versions.ts';
