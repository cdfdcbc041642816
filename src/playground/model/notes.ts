/** The rows without an arrow: what happened to processes, sessions, connections and the log itself. */

import type { ProcessName, WireEvent } from '../../../playground-server/lab/wire.ts';
import { faultInWords } from './faults-seen.ts';
import type { ProcessBox } from './processes.ts';
import type { Lane, NoteKind, NoteRow } from './rows.ts';

/** What must be known of the past to tell a first process from a successor, and what died with the old one. */
interface Past {
  /** The processes that have run. */
  known: Set<ProcessName>;
  /** The sessions in each. */
  sessions: Map<ProcessName, Set<string>>;
  /** They are in a store as well. */
  shared: boolean;
}

/**
 * @param before the processes as they were before the first of these events
 * @param shared the processes share their sessions: a death loses none
 */
export function noteRows(events: readonly WireEvent[], before: readonly ProcessBox[], shared = false): NoteRow[] {
  const past: Past = {
    shared,
    known: new Set(before.map(({ name }) => name)),
    sessions: new Map(before.map(({ name, sessions }) => [name, new Set(sessions.map(({ id }) => id))])),
  };
  const rows: NoteRow[] = [];
  for (const event of events) {
    const note = noteOf(event, past);
    if (note) {
      const session = event.session === undefined ? {} : { session: event.session };
      rows.push({
        id: event.id,
        kind: 'note',
        atMs: event.atMs,
        bad: false,
        ...session,
        ...note,
        tracks: [],
        down: [],
      });
    }
    remember(event, past);
  }
  return rows;
}

function remember({ actor, session, body }: WireEvent, { known, sessions }: Past): void {
  if (body.type === 'process-started') {
    known.add(body.process);
    sessions.set(body.process, new Set());
  } else if (body.type === 'process-exited') sessions.delete(body.process);
  else if (session !== undefined && body.type === 'session-created') sessions.get(actor as ProcessName)?.add(session);
  else if (session !== undefined && body.type === 'session-ended') sessions.get(actor as ProcessName)?.delete(session);
}

const endings = {
  deleted: 'This lab was deleted.',
  idle: 'This lab ended: nothing used it for a while.',
  age: 'This lab ended: it reached its greatest age.',
  'server-stopping': 'This lab ended: the server is stopping.',
} as const;

interface Note {
  note: NoteKind;
  text: string;
  bad?: true;
  at?: Lane;
  session?: string;
}

function noteOf(event: WireEvent, past: Past): Note | undefined {
  const { body } = event;
  switch (body.type) {
    case 'kill-requested':
      return { note: 'kill', text: `kill ${body.process}: ${body.signal} to pid ${body.pid}`, at: body.process };
    case 'process-exited': {
      const how = body.signal === null ? `exit code ${String(body.code)}` : body.signal;
      const lost = past.shared ? 0 : (past.sessions.get(body.process)?.size ?? 0);
      const sessions = lost === 0 ? '' : lost === 1 ? ', 1 session lost' : `, ${lost} sessions lost`;
      return {
        note: 'exit',
        text: `${body.process} ended (pid ${body.pid}, ${how})${sessions}`,
        bad: true,
        at: body.process,
      };
    }
    case 'process-started':
      if (!past.known.has(body.process)) return undefined;
      return {
        note: 'successor',
        text: `${body.process} starts again as pid ${body.pid}${past.shared ? '' : ', no sessions'}`,
        at: body.process,
      };
    case 'connection-mode-changed':
      return {
        note: 'connection',
        text: body.connection === 'kept' ? 'from here on connections are kept' : 'from here on connections are fresh',
        at: 'router',
      };
    case 'fault-injected': {
      const { fault } = body;
      const at = fault.kind === 'store-down' ? 'store' : 'router';
      const session = fault.kind === 'expire-session' ? fault.id : 'session' in fault ? fault.session : undefined;
      return { note: 'fault', text: faultInWords(fault), at, ...(session !== undefined && { session }) };
    }
    case 'store-restored':
      return { note: 'fault', text: 'the store can be reached again', at: 'store' };
    case 'emit-requested':
      return { note: 'emit', text: `${body.process} emits ${body.method}`, at: body.process };
    case 'trace-cut':
      // Where nothing was under way, nothing that was drawn is missing.
      if (body.exchanges.length === 0) return undefined;
      return {
        note: 'trace-missing',
        text: `${body.process} died before it could tell what it did last`,
        at: body.process,
      };
    case 'trace-gap':
      return {
        note: 'trace-missing',
        text: `${body.process} told more than the log could take: ${body.dropped} events are missing`,
        at: body.process,
      };
    case 'session-ended':
      if (body.reason === 'deleted' || body.reason === 'closed') return undefined;
      return { note: 'session-over', text: `session ${event.session ?? ''} ${body.reason} in ${event.actor}` };
    case 'stream-replaced':
      return { note: 'stream-replaced', text: `stream ${event.stream ?? ''} goes on over a newer connection` };
    case 'message-dropped':
      return { note: 'message-dropped', text: `${body.method} had nowhere to go: ${body.why.replaceAll('-', ' ')}` };
    case 'log-gap':
      return { note: 'log-gap', text: `Events before ${body.firstKept} are no longer kept.` };
    case 'lab-ended':
      return { note: 'lab-over', text: endings[body.reason] };
    default:
      return undefined;
  }
}
