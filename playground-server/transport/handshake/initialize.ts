/** The opening handshake as pure functions: what a client must send, and what it is answered. */

import type { Asker, SessionRecord } from '../backplane/backplane.ts';
import type { Implementation, ServerDescription } from '../handler.ts';
import { isObject, type JsonObject, type JsonRpcRequest } from '../json-rpc.ts';
import { isHandshakeVersion, latestHandshakeVersion } from '../versions.ts';

/** Both are kept with the session: without a bound, ten thousand sessions could each hold a whole body of them. */
const maxClientBytes = 64 * 1024;

export type Opening =
  | { kind: 'valid'; protocolVersion: string; clientInfo: Implementation; clientCapabilities: JsonObject }
  | { kind: 'invalid'; why: string };

/**
 * Reads the params of `initialize`. A version that we do not speak is answered with the newest that we do
 * (2025-11-25, Lifecycle, Version Negotiation).
 */
export function readOpening({ params }: JsonRpcRequest): Opening {
  const invalid = (why: string): Opening => ({ kind: 'invalid', why });
  if (!isObject(params)) return invalid('params are missing; send protocolVersion, capabilities and clientInfo');
  const { protocolVersion, capabilities, clientInfo } = params;
  if (typeof protocolVersion !== 'string') return invalid('protocolVersion must be a string such as "2025-11-25"');
  if (!isObject(capabilities)) return invalid('capabilities must be an object; {} claims none');
  if (!isObject(clientInfo)) return invalid('clientInfo must be an object with name and version');
  if (typeof clientInfo.name !== 'string') return invalid('clientInfo.name must be a string');
  if (typeof clientInfo.version !== 'string') return invalid('clientInfo.version must be a string');
  if (JSON.stringify(clientInfo).length + JSON.stringify(capabilities).length > maxClientBytes) {
    return invalid(`clientInfo and capabilities may have ${maxClientBytes} characters together`);
  }
  return {
    kind: 'valid',
    protocolVersion: isHandshakeVersion(protocolVersion) ? protocolVersion : latestHandshakeVersion,
    clientInfo: clientInfo as unknown as Implementation,
    clientCapabilities: capabilities as JsonObject,
  };
}

export function newRecord(id: string, opening: Extract<Opening, { kind: 'valid' }>, asker: Asker): SessionRecord {
  const { protocolVersion, clientInfo, clientCapabilities } = opening;
  return {
    id,
    protocolVersion,
    clientInfo,
    clientCapabilities,
    ...asker,
    openedAt: Date.now(),
    logLevel: 'info',
    subscriptions: [],
    data: {},
  };
}

/** The `InitializeResult`. */
export function initializeResult(protocolVersion: string, description: ServerDescription): JsonObject {
  const { capabilities, serverInfo, instructions } = description;
  const result: JsonObject = { protocolVersion, capabilities, serverInfo };
  if (instructions !== undefined) result.instructions = instructions;
  return result;
}

/** Session ids are visible ASCII only (2025-11-25, Transports, Session Management, 1). */
export function isUsableSessionId(id: unknown): id is string {
  return typeof id === 'string' && /^[\x21-\x7e]{1,256}$/.test(id);
}
