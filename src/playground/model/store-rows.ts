/** What passes between a process and the store that all of them share, as rows: quieter than what crosses the wire. */

import type { ProcessName, WireEvent } from '../../../playground-server/lab/wire.ts';
import type { Exchange } from './exchanges.ts';
import type { Label } from './messages.ts';
import type { ArrowRow } from './rows.ts';

/** `between`: only what processes do for one another by way of the store, and what it did not do. */
export type StoreCalls = 'between' | 'every';

/** What one process does for another: answers that it passes on, streams that it takes over, claims of the dead. */
const betweenProcesses: ReadonlySet<string> = new Set([
  'logs.takeOver',
  'logs.finish',
  'claims.acquire',
  'messages.publish',
]);
/** Said with each event that nobody here reads, and with each connection: the rows of the stream show it. */
const aboutStreams: ReadonlySet<string> = new Set(['appended', 'attached']);

export function storeRows(
  events: readonly WireEvent[],
  exchanges: ReadonlyMap<string, Exchange>,
  which: StoreCalls,
): ArrowRow[] {
  const carriers = new Map<string, string>();
  for (const { id, session, stream } of exchanges.values()) carriers.set(`${session}/${stream}`, id);
  const rows: ArrowRow[] = [];
  for (const { id, atMs, actor, exchange, session, stream, body } of events) {
    if (body.type !== 'store-called' && body.type !== 'message-delivered') continue;
    const called = body.type === 'store-called';
    const bad = called && body.outcome === 'unreachable';
    if (which === 'between' && !(bad ? !isLook(body) : isBetween(body))) continue;
    const process = actor as ProcessName;
    rows.push({
      id,
      kind: 'store',
      atMs,
      from: called ? process : 'store',
      to: called ? 'store' : process,
      label: labelOf(body),
      bad,
      pending: false,
      // One of its own, where it belongs to none: heartbeats of other processes have nothing to do with one another.
      exchange: exchange ?? carriers.get(`${session}/${stream}`) ?? `store ${id}`,
      process,
      ...(session !== undefined && { session }),
      ...(stream !== undefined && { stream }),
      tracks: [],
      down: [],
    });
  }
  return rows;
}

type StoreBody = Extract<WireEvent['body'], { type: 'store-called' | 'message-delivered' }>;

function isBetween(body: StoreBody): boolean {
  const told = body.type === 'message-delivered' || betweenProcesses.has(body.operation);
  return told && !aboutStreams.has(body.message ?? '');
}

/** Drawn with the request that it was for, as what came of it. */
function isLook(body: StoreBody): boolean {
  return body.type === 'store-called' && /^sessions\.(admit|create)$/.test(body.operation);
}

function labelOf(body: StoreBody): Label {
  if (body.type === 'message-delivered') return { before: 'message ', strong: body.message, after: '' };
  const { operation, outcome, message } = body;
  if (message !== undefined)
    return { before: `${operation} `, strong: message, after: outcome === 'sent' ? '' : ` ${outcome}` };
  return { before: `${operation} `, strong: '', after: outcome };
}
