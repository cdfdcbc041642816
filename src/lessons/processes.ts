/** What lessons about several processes ask of a wire log. */

import type { ProcessName, WireEvent } from '../../playground-server/lab/wire.ts';
import type { SeenRequest } from '../playground/model/requests.ts';

/** A process that died with sessions in its table, and the one that bears its name now. */
export interface Succession {
  process: ProcessName;
  deadPid: number;
  pid: number;
  /** Id of the event in which the successor started. */
  startedAt: number;
  /** Masked: the sessions that died with it. */
  sessions: ReadonlySet<string>;
}

export function successions(events: readonly WireEvent[]): Succession[] {
  const tables = new Map<string, Set<string>>();
  const dead = new Map<string, { deadPid: number; sessions: Set<string> }>();
  const found: Succession[] = [];
  for (const { id, actor, session, body } of events) {
    const table = tables.get(actor) ?? new Set();
    if (body.type === 'session-created' && session !== undefined) tables.set(actor, table.add(session));
    if (body.type === 'session-ended' && session !== undefined) table.delete(session);
    if (body.type === 'process-exited') {
      dead.set(body.process, { deadPid: body.pid, sessions: tables.get(body.process) ?? new Set() });
      tables.delete(body.process);
    }
    const before = body.type === 'process-started' ? dead.get(body.process) : undefined;
    if (body.type === 'process-started' && before && before.sessions.size > 0) {
      found.push({ process: body.process, pid: body.pid, startedAt: id, ...before });
    }
  }
  return found;
}

/** `p1, p3 and p4`. */
export function named(requests: readonly SeenRequest[]): string {
  const names = [...new Set(requests.map(({ process }) => process))].sort();
  const last = names.pop();
  return names.length === 0 ? `${last}` : `${names.join(', ')} and ${last}`;
}
