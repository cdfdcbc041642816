/**
 * The clients of the modern era: the bare one, and the one that does by itself what the specification expects. Apart from
 * index.ts, so that a page that speaks the handshake era alone does not carry them. Browser-safe.
 */

export { encodeHeaderValue } from './header-values.ts';
export { ModernClient } from './modern-client.ts';
export { ModernSession } from './modern-session.ts';
export { usableTools } from './tools.ts';
