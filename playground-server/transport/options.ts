/** The shapes of the transport's options. What is allowed in each, and its default, stands in option-table.ts. */

import type { Backplane, EventLogBounds } from './backplane/backplane.ts';
import type { Awaitable, Handler, Implementation } from './handler.ts';
import type { JsonObject, JsonValue } from './json-rpc.ts';
import type { RequestHead } from './request-head.ts';
import type { Trace } from './trace.ts';

/**
 * Says who calls: a stable name, or `null` for nobody in particular. `unauthorized` refuses with 401, and is the value
 * of the header `WWW-Authenticate`.
 */
export type Identify = (request: RequestHead) => Awaitable<string | null | { unauthorized: string }>;

/** Whether this request may use this live session. */
export type AuthorizeSession = (session: SessionView, request: RequestHead) => Awaitable<boolean>;

/** A session as `authorizeSession` sees it. */
export interface SessionView {
  readonly id: string;
  readonly protocolVersion: string;
  readonly clientInfo: Implementation;
  readonly clientCapabilities: JsonObject;
  readonly principal: string | null;
  readonly origin: string | null;
  readonly data: { readonly [key: string]: JsonValue };
}

export interface Options {
  handler: Handler;
  backplane: Backplane;
  stateless: boolean;
  enableJsonResponse: boolean;
  sessionIdGenerator: () => string;
  sessionIdleTimeoutMs: number | null;
  maxSessions: number;
  maxSessionsPerPrincipal: number | null;
  allowedHosts: readonly string[];
  allowedOrigins: readonly string[];
  enableDnsRebindingProtection: boolean;
  authorizeSession: AuthorizeSession | null;
  principal: Identify | null;
  maxRequestBytes: number;
  maxJsonDepth: number;
  maxBatch: number;
  bodyTimeoutMs: number;
  maxInFlight: number;
  maxStreams: number;
  maxListenStreams: number;
  maxListenPerPrincipal: number | null;
  maxBufferedBytes: number;
  keepAliveMs: number;
  retryInterval: number;
  eventLog: EventLogBounds | null;
  clientRequestTimeoutMs: number;
  requestStateKeys: readonly Uint8Array[];
  requestStateTtlMs: number;
  duplicateRequestIds: 'serve' | 'reject';
  instanceHeader: string | null;
  instanceName: string | null;
  trace: Trace | null;
}

/** What a user of the transport writes: the handler, and whatever differs from the defaults. */
export type TransportOptions = Pick<Options, 'handler'> &
  Partial<Omit<Options, 'handler' | 'eventLog'>> & { eventLog?: Partial<EventLogBounds> | null };
