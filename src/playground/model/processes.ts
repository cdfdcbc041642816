/**
 * What each process is and remembers, derived from the wire log alone: the boxes at the heads of the lifelines.
 */

import type { ProcessName, WireEvent } from '../../../playground-server/lab/wire.ts';

export interface SessionRow {
  /** Masked, as in the log. */
  id: string;
  protocolVersion: string;
  clientName: string;
}

export interface ProcessBox {
  name: ProcessName;
  pid: number;
  alive: boolean;
  sessions: readonly SessionRow[];
  /** The session that the latest request found or created here. */
  lit?: string;
  /** Counts each time a request found or created a session here: a view flashes the row when it changes. */
  touched: number;
  /** Counts each time a request looked for a session here and did not find it. */
  missed: number;
}

export const noProcesses: readonly ProcessBox[] = [];

/** The boxes after one more event. */
function reduceProcesses(boxes: readonly ProcessBox[], event: WireEvent): readonly ProcessBox[] {
  const { body } = event;
  if (body.type === 'process-started') {
    const box: ProcessBox = { name: body.process, pid: body.pid, alive: true, sessions: [], touched: 0, missed: 0 };
    // They start at once and are ready in any order; their lifelines stand in the order of their names.
    const others = boxes.filter(({ name }) => name !== body.process);
    return [...others, box].sort((a, b) => a.name.localeCompare(b.name));
  }
  if (body.type === 'process-exited') {
    return boxes.map((box) => {
      if (box.name !== body.process || box.pid !== body.pid) return box;
      return { name: box.name, pid: box.pid, alive: false, sessions: [], touched: box.touched, missed: box.missed };
    });
  }
  const { actor, session } = event;
  // Most events change none: then the very boxes, so that their heads are not drawn again.
  if (!/^session-(missing|created|found|ended)$/.test(body.type)) return boxes;
  if (body.type === 'session-missing') {
    return boxes.map((box) => (box.name === actor ? { ...box, missed: box.missed + 1 } : box));
  }
  if (session === undefined || !boxes.some(({ name }) => name === actor)) return boxes;
  const known = boxes.flatMap(({ sessions }) => sessions).find(({ id }) => id === session);
  return boxes.map((box) => (box.name === actor ? changeBox(box, session, body, known) : box));
}

/** @param known what another process has of this session, where they share their state */
function changeBox(
  box: ProcessBox,
  session: string,
  body: WireEvent['body'],
  known: SessionRow = { id: session, protocolVersion: '', clientName: '' },
): ProcessBox {
  switch (body.type) {
    case 'session-created': {
      const row = { id: session, protocolVersion: body.protocolVersion, clientName: body.clientName };
      const others = box.sessions.filter(({ id }) => id !== session);
      return { ...box, sessions: [...others, row], lit: session, touched: box.touched + 1 };
    }
    case 'session-found': {
      // Another process may have opened it: this one has read it from what they share.
      const isHere = box.sessions.some(({ id }) => id === session);
      const sessions = isHere ? box.sessions : [...box.sessions, known];
      return { ...box, sessions, lit: session, touched: box.touched + 1 };
    }
    case 'session-ended': {
      const { lit, ...rest } = box;
      const sessions = box.sessions.filter(({ id }) => id !== session);
      return lit === undefined || lit === session ? { ...rest, sessions } : { ...rest, lit, sessions };
    }
    default:
      return box;
  }
}

/** The boxes after all these events. */
export function processesAfter(before: readonly ProcessBox[], events: readonly WireEvent[]): readonly ProcessBox[] {
  return events.reduce(reduceProcesses, before);
}
