/**
 * What a browser needs to be told before a page of another, allowed origin may call (Fetch standard, "CORS protocol").
 * Pure functions of their input.
 */

import type { ResponseHeaders } from './exchange.ts';

const servedVerbs = 'GET, POST, DELETE';

const requestHeaders = [
  'Accept',
  'Authorization',
  'Content-Type',
  'Last-Event-ID',
  'MCP-Protocol-Version',
  'Mcp-Method',
  'Mcp-Name',
  'Mcp-Session-Id',
];

/** A day: the longest that a browser keeps the answer to a preflight. */
const maxAgeSeconds = '86400';

/**
 * Headers of every answer to an allowed cross-origin request, errors included (rule G3). The origin is named and
 * never `*`, and credentials are never allowed.
 */
export function corsHeaders(origin: string, instanceHeader: string | null): ResponseHeaders {
  const exposed = ['Mcp-Session-Id', 'MCP-Protocol-Version', 'Retry-After', 'WWW-Authenticate'];
  if (instanceHeader !== null) exposed.push(instanceHeader);
  return {
    'access-control-allow-origin': origin,
    'access-control-expose-headers': exposed.join(', '),
    vary: 'Origin',
  };
}

/** `asked`: the value of Access-Control-Request-Headers. Of those, the ones that mirror tool parameters are let in. */
export function preflightHeaders(asked: string | undefined): ResponseHeaders {
  const parameters = (asked ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => /^mcp-param-[\w!#$%&'*+.^`|~-]+$/i.test(name));
  return {
    'access-control-allow-methods': servedVerbs,
    'access-control-allow-headers': [...requestHeaders, ...parameters].join(', '),
    'access-control-max-age': maxAgeSeconds,
  };
}
