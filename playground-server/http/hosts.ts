/** Which `Host` and `Origin` headers this server answers to: one decision for the API and for every transport. */

import type { IncomingMessage } from 'node:http';
import { type Config, isLoopback } from '../config.ts';
import { isHostAllowed, isOriginAllowed, isSameOrigin, loopbackHosts } from '../transport/guards.ts';
import { HttpProblem } from './problem.ts';

export interface AllowedSources {
  allowedHosts: readonly string[];
  allowedOrigins: readonly string[];
}

export function allowedSources({ host, publicOrigin }: Pick<Config, 'host' | 'publicOrigin'>): AllowedSources {
  const allowedHosts = [...loopbackHosts];
  // An address that stands for all addresses is no name that a client could use.
  const isWildcard = host === '0.0.0.0' || host === '::';
  if (!isLoopback(host) && !isWildcard) allowedHosts.push(host.includes(':') ? `[${host}]` : host);
  if (publicOrigin === undefined) return { allowedHosts, allowedOrigins: [] };
  return { allowedHosts: [...allowedHosts, new URL(publicOrigin).host], allowedOrigins: [publicOrigin] };
}

/**
 * Keeps pages of other sites out of the labs API, also those that rebound their own name to this server.
 * @throws HttpProblem
 */
export function guardSource({ headers }: IncomingMessage, { allowedHosts, allowedOrigins }: AllowedSources): void {
  const { host, origin } = headers;
  if (host !== undefined && !isHostAllowed(host, allowedHosts)) {
    throw new HttpProblem('host-not-allowed', `This server answers to ${allowedHosts.join(', ')}. See PUBLIC_ORIGIN.`);
  }
  if (origin !== undefined && !isSameOrigin(origin, host) && !isOriginAllowed(origin, allowedOrigins)) {
    throw new HttpProblem('origin-not-allowed', 'The labs API serves pages of its own origin only.');
  }
}
