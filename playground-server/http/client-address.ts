/** Whom a limit counts: the address of the client, as far as the proxies in front can be believed. */

import type { IncomingMessage } from 'node:http';
import { isIPv4, isIPv6 } from 'node:net';

/**
 * The client's address. Each proxy appends the address it was called from to `X-Forwarded-For`, so with `hops` proxies
 * of our own the client is the `hops`-th from the right; whatever stands left of it anyone may have written.
 */
export function clientAddress(request: IncomingMessage, hops: number): string {
  const direct = request.socket.remoteAddress ?? '';
  if (hops === 0) return direct;
  const forwarded = request.headersDistinct['x-forwarded-for']?.join(',').split(',') ?? [];
  const chain = [...forwarded.map((address) => address.trim()).filter((address) => address !== ''), direct];
  return chain[Math.max(0, chain.length - 1 - hops)] as string;
}

/** The unit a limit counts by: an IPv4 address, or the /64 that an IPv6 customer is given whole. */
export function limitKey(address: string): string {
  const bare = address.replace(/^\[(.*)\](?::\d+)?$/, '$1').replace(/%.*$/, '');
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(bare)?.[1];
  if (mapped !== undefined && isIPv4(mapped)) return mapped;
  // Some proxies add the port.
  const [v4 = ''] = bare.split(':');
  if (isIPv4(v4)) return v4;
  if (!isIPv6(bare)) return 'unknown';
  const [left = '', right] = bare.split('::');
  const head = left === '' ? [] : left.split(':');
  const tail = right === undefined || right === '' ? [] : right.split(':');
  // A dotted quad at the end stands for two groups; it is never among the first four when something precedes it.
  const groups = [...head, ...Array<string>(Math.max(0, 8 - head.length - tail.length)).fill('0'), ...tail];
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`;
}
