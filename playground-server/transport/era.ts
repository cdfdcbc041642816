/** Which of the two eras a request belongs to (rule G5). Pure functions of their input. */

import type { Exchange } from './exchange.ts';
import { type Classified, isObject } from './json-rpc.ts';
import { httpSseVersion, isHandshakeVersion, modernVersionKey } from './versions.ts';

/** The body decides; where it is silent, a version that is not the handshake's on a request outside any session. */
export function isModern(classified: Classified, exchange: Exchange): boolean {
  if (classified.kind === 'request' || classified.kind === 'notification') {
    const meta = classified.message.params?._meta;
    if (isObject(meta) && modernVersionKey in meta) return true;
    if (classified.message.method === 'initialize') return false;
  }
  return namesModernVersion(exchange);
}

/** GET and DELETE have no body to look at, and exist in the handshake era alone. */
export function namesModernVersion(exchange: Exchange): boolean {
  const version = exchange.header('mcp-protocol-version');
  if (version === undefined || exchange.header('mcp-session-id')) return false;
  return !isHandshakeVersion(version) && version !== httpSseVersion;
}
