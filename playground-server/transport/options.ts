/**
 * The options of the transport: declared once, with their defaults and what is allowed, checked at construction
 * (rules O1 and O2). The reference page is made from this table.
 */

import type { Backplane, EventLogBounds } from './backplane/backplane.ts';
import { memory } from './backplane/memory.ts';
import { loopbackHosts, parseHost } from './guards.ts';
import type { Handler } from './handler.ts';
import type { Trace } from './trace.ts';

export interface Options {
  handler: Handler;
  backplane: Backplane;
  enableJsonResponse: boolean;
  sessionIdGenerator: () => string;
  sessionIdleTimeoutMs: number | null;
  maxSessions: number;
  allowedHosts: readonly string[];
  allowedOrigins: readonly string[];
  enableDnsRebindingProtection: boolean;
  maxRequestBytes: number;
  maxJsonDepth: number;
  bodyTimeoutMs: number;
  maxInFlight: number;
  maxStreams: number;
  maxBufferedBytes: number;
  keepAliveMs: number;
  retryInterval: number;
  eventLog: EventLogBounds | null;
  duplicateRequestIds: 'serve' | 'reject';
  instanceHeader: string | null;
  instanceName: string | null;
  trace: Trace | null;
}

/** What a user of the transport writes: the handler, and whatever differs from the defaults. */
export type TransportOptions = Pick<Options, 'handler'> &
  Partial<Omit<Options, 'handler' | 'eventLog'>> & { eventLog?: Partial<EventLogBounds> | null };

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

/** 128 random bits in hexadecimal. `getRandomValues` is the one part of Web Crypto that plain-HTTP origins have. */
function randomSessionId(): string {
  let id = '';
  for (const byte of crypto.getRandomValues(new Uint8Array(16))) id += byte.toString(16).padStart(2, '0');
  return id;
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
    isAllowed: (value) => typeof value === 'object' && value !== null && 'sessions' in value && 'logs' in value,
    about: 'Where sessions and event logs live.',
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
    byDefault: () => randomSessionId,
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
