/** The requests that a wire log tells of, each with who answered it, and whether the session was there. */

import type { ConnectionMode, ProcessName, WireEvent } from '../../../playground-server/lab/wire.ts';
import { messageOf } from './event-message.ts';

export interface SeenRequest {
  exchange: string;
  /** Id of the wire event that began it. */
  id: number;
  /** The MCP method, or the HTTP verb where there is no message. */
  method: string;
  connection: string | undefined;
  /** How connections were treated when it came. */
  mode: ConnectionMode | undefined;
  /** Who was chosen to answer, and the pid that it had then. */
  process: ProcessName | undefined;
  pid: number | undefined;
  /** Masked: the session that it created, or asked for. */
  session: string | undefined;
  table: 'created' | 'found' | 'missing' | undefined;
  status: number | undefined;
}

const tables = { 'session-created': 'created', 'session-found': 'found', 'session-missing': 'missing' } as const;

/** By array of events, and how long it was then: a log may grow in place. */
const gathered = new WeakMap<readonly WireEvent[], { length: number; requests: readonly SeenRequest[] }>();

/** In order of arrival. The answer for one array of events is worked out once: a lesson asks for it in every step. */
export function requestsOf(events: readonly WireEvent[]): readonly SeenRequest[] {
  const known = gathered.get(events);
  if (known?.length === events.length) return known.requests;
  const requests = gather(events);
  gathered.set(events, { length: events.length, requests });
  return requests;
}

function gather(events: readonly WireEvent[]): readonly SeenRequest[] {
  const requests = new Map<string, SeenRequest>();
  const pids = new Map<ProcessName, number>();
  let mode: ConnectionMode | undefined;
  for (const { id, exchange, connection, session, body } of events) {
    if (body.type === 'process-started') pids.set(body.process, body.pid);
    if (body.type === 'lab-began' || body.type === 'connection-mode-changed') mode = body.connection;
    if (exchange === undefined) continue;
    if (body.type === 'request-arrived') {
      const unknown = { process: undefined, pid: undefined, session: undefined, table: undefined, status: undefined };
      requests.set(exchange, { exchange, id, method: body.method, connection, mode, ...unknown });
    }
    const request = requests.get(exchange);
    if (!request) continue;
    if (session !== undefined) request.session = session;
    if (body.type === 'process-chosen') {
      request.process = body.process;
      request.pid = pids.get(body.process);
    } else if (body.type === 'response-head') request.status = body.status;
    else if (body.type in tables) request.table = tables[body.type as keyof typeof tables];
  }
  for (const event of events) {
    const message = event.body.type === 'request-body' ? messageOf(event) : undefined;
    const request = message && requests.get(event.exchange ?? '');
    if (request && 'method' in message) request.method = message.method;
  }
  return [...requests.values()];
}

/** Answered 404, because the session was not in the table of the process that was asked. */
export function isLost({ status, table }: SeenRequest): boolean {
  return status === 404 && table === 'missing';
}
