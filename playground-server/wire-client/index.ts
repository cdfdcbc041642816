/**
 * An MCP client of the handshake era that hides nothing: every frame is handed on as it was sent, and every answer is
 * reported as it was, without retries, without reconnecting and without opinions. What a client is expected to do by
 * itself is in `HandshakeSession`, on top of it. The modern era is in modern.ts. Browser-safe.
 */

export { type Answer, acceptElicitation } from './answers.ts';
export { createFrameReader, type Frame, readFrame } from './frames.ts';
export { HandshakeSession } from './handshake-session.ts';
export type { Outcome } from './outcome.ts';
export { type ClientSession, WireClient } from './wire-client.ts';
