/**
 * The options of the transport: declared once, with their defaults and what is allowed, checked at construction
 * (rules O1 and O2). The reference page is made from this table.
 */

import type { EventLogBounds } from './backplane/backplane.ts';
import { memory } from './backplane/memory.ts';
import { loopbackHosts, parseHost } from './guards.ts';
import type { Options } from './options.ts';
import { randomId } from './random-id.ts';

interface OptionEntry<T> {
  /** Makes the default; `undefined`: there is none, the option is required. */
  readonly byDefault: (() => T) | undefined;
  /** The default in words. */
  readonly defaultText: string;
  /** What is allowed, in words, as it stands in the error. */
  readonly allowed: string;
  readonly isAllowed: (value: unknown) => boolean;
  readonly about: string;
}

const minute = 60_000;
const mebibyte = 1024 * 1024;

export const defaultEventLog: EventLogBounds = {
  maxEvents: 256,
  maxBytes: mebibyte,
  maxSessionBytes: 4 * mebibyte,
  maxAgeMs: 5 * minute,
};

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) > 0;
// Node's timers hold 31 bits: a longer time would fire at once.
const isTime = (value: unknown): boolean => isCount(value) && value <= 2 ** 31 - 1;
const isFunction = (value: unknown): boolean => typeof value === 'function';
const isFunctionOrNull = (value: unknown): boolean => value === null || isFunction(value);
const isCountOrNull = (value: unknown): boolean => value === null || isCount(value);
const isBoolean = (value: unknown): boolean => typeof value === 'boolean';
const aCount = 'a whole number above 0';
const aTime = 'a whole number of milliseconds from 1 to 2147483647';

const isHostList = (value: unknown): boolean =>
  Array.isArray(value) && value.every((entry) => typeof entry === 'string' && parseHost(entry) !== undefined);
const isOriginList = (value: unknown): boolean =>
  Array.isArray(value) &&
  value.every(
    (entry) => typeof entry === 'string' && parseHost(entry.replace(/^[a-z][a-z0-9+.-]*:\/\//i, '')) !== undefined,
  );
const isHeaderName = (value: unknown): boolean => typeof value === 'string' && /^[\w!#$%&'*+.^`|~-]+$/.test(value);
const isHeaderValue = (value: unknown): boolean => typeof value === 'string' && /^[\x21-\x7e]{1,256}$/.test(value);

function isEventLog(value: unknown): boolean {
  if (value === null) return true;
  if (typeof value !== 'object' || Array.isArray(value)) return false;
  return Object.entries(value).every(([key, bound]) => Object.hasOwn(defaultEventLog, key) && isCount(bound));
}

export const optionTable: { readonly [K in keyof Options]: OptionEntry<Options[K]> } = {
  handler: {
    byDefault: undefined,
    defaultText: 'required',
    allowed: 'an object with the functions describe and request',
    isAllowed: (value) =>
      typeof value === 'object' &&
      value !== null &&
      'describe' in value &&
      isFunction(value.describe) &&
      'request' in value &&
      isFunction(value.request),
    about: 'The MCP server: receives parsed messages with a context, returns results.',
  },
  backplane: {
    byDefault: () => memory(),
    defaultText: 'memory()',
    allowed: 'a backplane, such as memory()',
    isAllowed: (value) =>
      typeof value === 'object' &&
      value !== null &&
      ['sessions', 'logs', 'claims', 'messages'].every((part) => part in value),
    about:
      'Where sessions, event logs, claims and messages between instances live: in this process, or in a store that ' +
      'several share.',
  },
  stateless: {
    byDefault: () => false,
    defaultText: 'false',
    allowed: 'true or false',
    isAllowed: isBoolean,
    about: 'Handshake era without sessions: none is issued or required, and nothing can be pushed, asked or resumed.',
  },
  enableJsonResponse: {
    byDefault: () => false,
    defaultText: 'false',
    allowed: 'true or false',
    isAllowed: isBoolean,
    about:
      'Answer a request with one JSON object instead of an event stream. What a handler notifies is not delivered.',
  },
  sessionIdGenerator: {
    byDefault: () => () => randomId(16),
    defaultText: '128 random bits',
    allowed: 'a function that returns 1 to 256 visible ASCII characters',
    isAllowed: isFunction,
    about: 'Makes the id of a new session.',
  },
  sessionIdleTimeoutMs: {
    byDefault: () => 30 * minute,
    defaultText: '30 min',
    allowed: `${aTime}, or null for never`,
    isAllowed: (value) => value === null || isTime(value),
    about: 'A session without message, open connection or request in flight for this long ends.',
  },
  maxSessions: {
    byDefault: () => 10_000,
    defaultText: '10 000',
    allowed: aCount,
    isAllowed: isCount,
    about: 'Beyond it initialize is answered 503.',
  },
  maxSessionsPerPrincipal: {
    byDefault: () => null,
    defaultText: 'none',
    allowed: `${aCount}, or null for no bound`,
    isAllowed: isCountOrNull,
    about: 'Sessions that one principal may have open; beyond it initialize is answered 503.',
  },
  allowedHosts: {
    byDefault: () => loopbackHosts,
    defaultText: 'localhost, 127.0.0.1, [::1]',
    allowed: 'a list of hosts such as example.com or example.com:8080',
    isAllowed: isHostList,
    about: 'Accepted values of the Host header. An entry without port fits every port.',
  },
  allowedOrigins: {
    byDefault: () => [],
    defaultText: 'the same origin',
    allowed: 'a list of origins such as https://example.com, or hosts such as example.com',
    isAllowed: isOriginList,
    about: 'Origins accepted besides the same one; they are given CORS headers.',
  },
  enableDnsRebindingProtection: {
    byDefault: () => true,
    defaultText: 'true',
    allowed: 'true or false',
    isAllowed: isBoolean,
    about: 'false accepts every Host and Origin.',
  },
  authorizeSession: {
    byDefault: () => null,
    defaultText: 'none',
    allowed: 'a function (session, request) that returns true or false, or a promise of it',
    isAllowed: isFunctionOrNull,
    about: 'Whether a request may use a live session; false is answered 403.',
  },
  principal: {
    byDefault: () => null,
    defaultText: 'none',
    allowed: 'a function (request) that returns a name, null or { unauthorized }, or a promise of it',
    isAllowed: isFunctionOrNull,
    about:
      'Says who calls. A session belongs to the principal that opened it; { unauthorized } is answered 401 with that ' +
      'WWW-Authenticate header.',
  },
  maxRequestBytes: {
    byDefault: () => 4 * mebibyte,
    defaultText: '4 MiB',
    allowed: aCount,
    isAllowed: isCount,
    about: 'A longer body is answered 413.',
  },
  maxJsonDepth: {
    byDefault: () => 64,
    defaultText: '64',
    allowed: aCount,
    isAllowed: isCount,
    about: 'Arrays and objects inside one another.',
  },
  maxBatch: {
    byDefault: () => 100,
    defaultText: '100',
    allowed: aCount,
    isAllowed: isCount,
    about: 'Messages in one array; only the revision 2025-03-26 has arrays.',
  },
  bodyTimeoutMs: {
    byDefault: () => 30_000,
    defaultText: '30 s',
    allowed: aTime,
    isAllowed: isTime,
    about: 'A body that is not complete by then is answered 408.',
  },
  maxInFlight: {
    byDefault: () => 64,
    defaultText: '64',
    allowed: aCount,
    isAllowed: isCount,
    about: 'Requests that a session may have running at once; the next one is answered 429.',
  },
  maxStreams: {
    byDefault: () => 10_000,
    defaultText: '10 000',
    allowed: aCount,
    isAllowed: isCount,
    about: 'Event streams open at once; the next one is answered 503.',
  },
  maxListenStreams: {
    byDefault: () => 1_000,
    defaultText: '1 000',
    allowed: aCount,
    isAllowed: isCount,
    about: 'Streams of subscriptions/listen open at once; the next one is answered 503.',
  },
  maxListenPerPrincipal: {
    byDefault: () => null,
    defaultText: 'none',
    allowed: `${aCount}, or null for no bound`,
    isAllowed: isCountOrNull,
    about: 'Of those, how many one principal may have.',
  },
  maxBufferedBytes: {
    byDefault: () => mebibyte,
    defaultText: '1 MiB',
    allowed: aCount,
    isAllowed: isCount,
    about: 'How much the log keeps beyond its bounds for a connection that is still reading.',
  },
  keepAliveMs: {
    byDefault: () => 15_000,
    defaultText: '15 s',
    allowed: aTime,
    isAllowed: isTime,
    about: 'An open event stream is never quiet for longer: a comment is written.',
  },
  retryInterval: {
    byDefault: () => 1_000,
    defaultText: '1 s',
    allowed: 'a whole number of milliseconds',
    isAllowed: (value) => value === 0 || isTime(value),
    about: 'The SSE retry field: how long a client waits before it reconnects.',
  },
  eventLog: {
    byDefault: () => defaultEventLog,
    defaultText: '256 events, 1 MiB per stream, 4 MiB per session, 5 min',
    allowed: `null, or an object with ${Object.keys(defaultEventLog).join(', ')}, each ${aCount}`,
    isAllowed: isEventLog,
    about: 'What is kept of each stream for a client that resumes. null: streams carry no ids and cannot be resumed.',
  },
  clientRequestTimeoutMs: {
    byDefault: () => 10 * minute,
    defaultText: '10 min',
    allowed: aTime,
    isAllowed: isTime,
    about: 'How long a handler waits for what it asked the client; one call may override it.',
  },
  requestStateKeys: {
    byDefault: () => [crypto.getRandomValues(new Uint8Array(32))],
    defaultText: 'random, per instance',
    allowed: 'a list of at least one Uint8Array of 32 bytes',
    isAllowed: (value) =>
      Array.isArray(value) && value.length > 0 && value.every((key) => key instanceof Uint8Array && key.length === 32),
    about: 'Keys of requestState: the first seals, all open. Instances that serve one URL need the same ones.',
  },
  requestStateTtlMs: {
    byDefault: () => 10 * minute,
    defaultText: '10 min',
    allowed: aTime,
    isAllowed: isTime,
    about: 'How long a client may take to come back with its answers.',
  },
  duplicateRequestIds: {
    byDefault: () => 'serve',
    defaultText: "'serve'",
    allowed: "'serve' or 'reject'",
    isAllowed: (value) => value === 'serve' || value === 'reject',
    about: 'Two requests in flight with one id: each is served on its own stream, or the second is answered 409.',
  },
  instanceHeader: {
    byDefault: () => null,
    defaultText: 'off',
    allowed: 'a header name',
    isAllowed: (value) => value === null || isHeaderName(value),
    about: 'Every response names the instance that answered, in this header.',
  },
  instanceName: {
    byDefault: () => null,
    defaultText: 'none',
    allowed: '1 to 256 visible ASCII characters',
    isAllowed: (value) => value === null || isHeaderValue(value),
    about: 'The value of instanceHeader.',
  },
  trace: {
    byDefault: () => null,
    defaultText: 'none',
    allowed: 'a function',
    isAllowed: (value) => value === null || isFunction(value),
    about: 'Told of every step: see TraceEvent.',
  },
};
