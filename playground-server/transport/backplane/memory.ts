import type { Backplane } from './backplane.ts';
import { MemoryClaims } from './memory-claims.ts';
import { MemoryLogs } from './memory-logs.ts';
import { MemoryMessages } from './memory-messages.ts';
import { MemorySessions } from './memory-sessions.ts';

/**
 * Everything in the memory of this process: the default, and the reason for the single-process rule.
 *
 * No promise on any path, no timer of its own (rule B1).
 * @param now milliseconds; the clock by which sessions expire and events age
 */
export function memory({ now = Date.now }: { now?: () => number } = {}): Backplane {
  return {
    shared: false,
    sessions: new MemorySessions(now),
    logs: new MemoryLogs(now),
    claims: new MemoryClaims(now),
    messages: new MemoryMessages(),
  };
}
