/** The protocol revisions, by era. A version string is a date, so comparing strings compares ages. */

/** Revisions that open with `initialize`, newest first: the order in which we would rather speak them. */
export const handshakeVersions = ['2025-11-25', '2025-06-18', '2025-03-26'] as const;
export type HandshakeVersion = (typeof handshakeVersions)[number];

/** What `initialize` offers a client that asked for a version we do not speak. */
export const latestHandshakeVersion: HandshakeVersion = handshakeVersions[0];

/** The revision before Streamable HTTP; its clients also begin with `initialize`. */
export const httpSseVersion = '2024-11-05';

/** The `_meta` key whose presence makes a request a modern one (2026-07-28, Base Protocol, General fields, `_meta`). */
export const modernVersionKey = 'io.modelcontextprotocol/protocolVersion';

/** Revisions whose requests carry all that they need, newest first: what `server/discover` names (rule M4). */
export const modernVersions = ['2026-07-28'] as const;

/** The revision whose messages may come in arrays, and which a request without version header speaks (rule P6). */
export const batchVersion: HandshakeVersion = '2025-03-26';

export function isModernVersion(version: string): boolean {
  return (modernVersions as readonly string[]).includes(version);
}

export function isHandshakeVersion(version: string): version is HandshakeVersion {
  return (handshakeVersions as readonly string[]).includes(version);
}

/**
 * Whether event streams of this version begin with an empty event that carries an id.
 * Clients of earlier revisions may take its empty `data` for a message and fail to parse it
 * (2025-11-25, Transports, Sending Messages to the Server, 6).
 */
export function primesStreams(version: string): boolean {
  return version >= '2025-11-25';
}
