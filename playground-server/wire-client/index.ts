/**
 * An MCP client of the handshake era that hides nothing: every frame is handed on as it was sent, and every answer is
 * reported as it was, without retries, without reconnecting and without opinions. Browser-safe.
 */

export { createFrameReader, type Frame, readFrame } from './frames.ts';
export type { Outcome } from './outcome.ts';
export { type ClientSession, WireClient } from './wire-client.ts';
