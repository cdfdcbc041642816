/**
 * What every modern request says of itself in `params._meta`, as no earlier request can be relied on (2026-07-28, Base
 * Protocol, Statelessness). Pure functions of their input.
 */

import { type Implementation, type LogLevel, logLevels } from '../handler.ts';
import { isObject, type JsonObject } from '../json-rpc.ts';
import { quoted } from '../refusal.ts';
import { isModernVersion, modernVersionKey, modernVersions } from '../versions.ts';
import { trimmed } from './headers.ts';
import type { Objection } from './objection.ts';

/** The per-request protocol fields (2026-07-28, Base Protocol, General fields, `_meta`). */
export interface Metadata {
  protocolVersion: string;
  /** `null`: the client does not say who it is. */
  clientInfo: Implementation | null;
  clientCapabilities: JsonObject;
  /** The least urgent log message that the client wants; `null`: none at all (rule M12). */
  logLevel: LogLevel | null;
}

const clientInfoKey = 'io.modelcontextprotocol/clientInfo';
const clientCapabilitiesKey = 'io.modelcontextprotocol/clientCapabilities';
const logLevelKey = 'io.modelcontextprotocol/logLevel';

export type MetadataReading = { kind: 'metadata'; metadata: Metadata } | { kind: 'objection'; objection: Objection };

/**
 * Reads the metadata of a request, and objects in the order of rule M0: the version first, so that a client of another
 * revision hears of that before it hears of fields that its revision may not have.
 * @param versionHeader the header `MCP-Protocol-Version`, or `undefined` when absent
 */
export function readMetadata(params: JsonObject | undefined, versionHeader: string | undefined): MetadataReading {
  const meta = params?._meta;
  const version = isObject(meta) ? meta[modernVersionKey] : undefined;
  const header = versionHeader === undefined ? undefined : trimmed(versionHeader);
  if (!isObject(meta) || typeof version !== 'string') {
    if (header !== undefined && !isModernVersion(header)) return unsupported(header);
    return invalid(`"${modernVersionKey}" must be a string; this server speaks ${modernVersions.join(', ')}`);
  }
  if (header === undefined)
    return mismatch(`the header MCP-Protocol-Version is missing; _meta says ${quoted(version)}`);
  if (header !== version)
    return mismatch(`MCP-Protocol-Version is ${quoted(header)}, but _meta says ${quoted(version)}`);
  if (!isModernVersion(version)) return unsupported(version);

  const capabilities = meta[clientCapabilitiesKey];
  if (!isObject(capabilities)) return invalid(`"${clientCapabilitiesKey}" must be an object; {} declares none`);
  const clientInfo = meta[clientInfoKey];
  if (clientInfo !== undefined && !isImplementation(clientInfo)) {
    return invalid(`"${clientInfoKey}", if there is one, must be an object with the strings "name" and "version"`);
  }
  const logLevel = meta[logLevelKey];
  if (logLevel !== undefined && !isLogLevel(logLevel)) {
    return invalid(`"${logLevelKey}", if there is one, must be one of ${logLevels.join(', ')}`);
  }
  const clientCapabilities = capabilities as JsonObject;
  const metadata = {
    protocolVersion: version,
    clientInfo: clientInfo ?? null,
    clientCapabilities,
    logLevel: logLevel ?? null,
  };
  return { kind: 'metadata', metadata };
}

function isImplementation(value: unknown): value is Implementation {
  return isObject(value) && typeof value.name === 'string' && typeof value.version === 'string';
}

function isLogLevel(value: unknown): value is LogLevel {
  return (logLevels as readonly unknown[]).includes(value);
}

function objection(made: Objection): MetadataReading {
  return { kind: 'objection', objection: made };
}

function invalid(why: string): MetadataReading {
  return objection({ error: 'metaInvalid', values: { why } });
}

function mismatch(why: string): MetadataReading {
  return objection({ error: 'headerMismatch', values: { why } });
}

/** The client chooses from `supported` and tries again (2026-07-28, Versioning, Protocol Version Negotiation). */
function unsupported(requested: string): MetadataReading {
  return objection({
    error: 'versionUnsupported',
    values: { version: quoted(requested), supported: modernVersions.join(', ') },
    data: { supported: [...modernVersions], requested },
  });
}
