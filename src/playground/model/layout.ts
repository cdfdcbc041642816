/**
 * The sequence: which rows there are, in which order, between which lifelines, and what each one says.
 *
 * Rows follow the ids of the wire log. Keep-alive comments have no rows of their own: an idle stream says nothing.
 */

import type { WireEvent } from '../../../playground-server/lab/wire.ts';
import { type Exchange, gatherExchanges, headerOf, isEventStream, type WrittenFrame } from './exchanges.ts';
import {
  firstSentence,
  isInputRequired,
  type Label,
  messageIn,
  receivedLabel,
  sentLabel,
  shorten,
} from './messages.ts';
import { noteRows } from './notes.ts';
import { answerOf, outcomeOf } from './outcome.ts';
import { noProcesses, type ProcessBox } from './processes.ts';
import type { ArrowRow, Lane, Row } from './rows.ts';
import { type StoreCalls, storeRows } from './store-rows.ts';
import { drawTracks } from './tracks.ts';

/**
 * All rows that these events make. Pure: the same events make the same rows.
 * @param before the processes as they were before the first of these events
 * @param beganAtMs from where times count; from the first arrow where nothing is said
 * @param store which calls of the store have rows, where the processes share one
 */
export function layout(
  events: readonly WireEvent[],
  before: readonly ProcessBox[] = noProcesses,
  beganAtMs?: number,
  store?: StoreCalls,
): Row[] {
  const exchanges = gatherExchanges(events);
  const rows: Row[] = noteRows(events, before, store !== undefined);
  if (store) rows.push(...storeRows(events, exchanges, store));
  for (const exchange of exchanges.values()) rows.push(...exchangeRows(exchange));
  rows.sort((a, b) => a.id - b.id);
  markDead(rows, events, before);

  const firstArrow = rows.find(({ kind }) => kind !== 'note' && kind !== 'store') ?? rows[0];
  const beganAt = beganAtMs ?? firstArrow?.atMs ?? 0;
  for (const row of rows) row.atMs = Math.max(0, Math.round(row.atMs - beganAt));
  drawTracks(rows, exchanges);
  return rows;
}

/** Between the death of a process and its successor, its lifeline is not there. */
function markDead(rows: readonly Row[], events: readonly WireEvent[], before: readonly ProcessBox[]): void {
  let down: readonly Lane[] = before.filter(({ alive }) => !alive).map(({ name }) => name);
  let next = 0;
  for (const row of rows) {
    for (let event = events[next]; event && event.id < row.id; event = events[++next]) {
      const { body } = event;
      if (body.type === 'process-exited') down = [...down, body.process];
      else if (body.type === 'process-started') down = without(down, body.process);
      else if (body.type === 'fault-injected' && body.fault.kind === 'store-down' && body.fault.ms > 0)
        down = [...without(down, 'store'), 'store'];
      else if (body.type === 'store-restored') down = without(down, 'store');
    }
    row.down = down;
  }
}

/** The very list, where the lane is not in it. */
function without(down: readonly Lane[], lane: Lane): readonly Lane[] {
  return down.includes(lane) ? down.filter((name) => name !== lane) : down;
}

function exchangeRows(exchange: Exchange): ArrowRow[] {
  const rows: ArrowRow[] = [];
  // A request that no process was chosen for has come no further than the router.
  const process: Lane = exchange.process ?? 'router';
  const shared = {
    exchange: exchange.id,
    ...(exchange.process !== undefined && { process: exchange.process }),
    ...(exchange.session !== undefined && { session: exchange.session }),
    tracks: [],
    down: [],
  };

  if (exchange.request) {
    const agent = foreignAgent(exchange);
    rows.push({
      ...shared,
      id: exchange.wireId,
      kind: 'request',
      atMs: exchange.atMs,
      from: 'you',
      to: process,
      label: requestLabel(exchange),
      outcome: outcomeOf(exchange),
      bad: false,
      pending: exchange.process === undefined,
      ...(exchange.mark && { mark: exchange.mark }),
      ...(exchange.looked !== undefined && { looked: exchange.looked }),
      ...(agent !== undefined && { agent }),
    });
  }

  const back = { ...shared, from: process, to: 'you' } as const;
  if (!isEventStream(exchange)) {
    if (exchange.response) {
      const { wireId, atMs, status } = exchange.response;
      const label = responseLabel(exchange);
      // For a process that does not answer, the router does.
      const from = exchange.mark?.kind === 'unanswered' ? 'router' : process;
      rows.push({ ...back, from, id: wireId, kind: 'response', atMs, label, bad: status >= 400, pending: false });
    }
    return rows;
  }

  const shown = shownFrames(exchange);
  for (const frame of shown) {
    rows.push({
      ...back,
      id: frame.wireId,
      kind: 'event',
      atMs: frame.atMs,
      label: frameLabel(frame, exchange, frame === shown[0], frame === shown.at(-1)),
      bad: answerOf(frame) === 'error',
      pending: frame.arrivedAtMs === undefined && exchange.end === undefined,
      ...(exchange.stream !== undefined && { stream: exchange.stream }),
    });
  }
  const last = shown.at(-1);
  if (exchange.end && !(last && answerOf(last) && exchange.end.by === 'server')) {
    rows.push({ ...shared, ...endRow(exchange, exchange.end, process) });
  }
  return rows;
}

/** Every event, and the comment that a stream without a priming event begins with. */
function shownFrames(exchange: Exchange): WrittenFrame[] {
  return exchange.frames.filter((frame, index) => frame.kind !== 'comment' || index === 0);
}

function requestLabel(exchange: Exchange): Label {
  const method = exchange.request?.method ?? '';
  if (method === 'GET') {
    const after = headerOf(exchange.request?.headers, 'last-event-id');
    return { before: 'GET ', strong: after === undefined ? 'stream' : 'resume', after: after ? ` after ${after}` : '' };
  }
  if (method === 'DELETE') return { before: 'DELETE ', strong: 'session', after: '' };
  return { before: `${method} `, ...sentLabel(exchange.body?.message) };
}

function responseLabel(exchange: Exchange): Label {
  const status = String(exchange.response?.status ?? '');
  const minted = headerOf(exchange.response?.headers, 'mcp-session-id');
  if (minted !== undefined) return { before: `${status} Mcp-Session-Id: `, strong: minted, after: '' };
  const message = messageIn(exchange.chunks.map(({ text }) => text).join(''));
  if (message && 'error' in message) {
    return { before: `${status} `, strong: '', after: shorten(firstSentence(message.error.message), 44) };
  }
  if (exchange.failed !== undefined)
    return { before: `${status} `, strong: '', after: shorten(firstSentence(exchange.failed), 44) };
  if (message && 'result' in message) {
    return { before: `${status} `, strong: isInputRequired(message) ? 'input required' : 'result', after: '' };
  }
  if (exchange.mark?.kind === 'ended') return { before: `${status} `, strong: '', after: 'session ended' };
  return { before: status, strong: '', after: '' };
}

function frameLabel(frame: WrittenFrame, exchange: Exchange, first: boolean, last: boolean): Label {
  const status = first && exchange.response ? `${exchange.response.status} ` : '';
  const id = frame.eventId === undefined ? '' : `${frame.eventId} `;
  if (frame.kind === 'prime') return { before: `${status}${id}primed`, strong: '', after: '' };
  if (frame.kind === 'retry') return { before: 'come back later', strong: '', after: '' };
  if (frame.kind === 'comment') return { before: `${status}stream opened`, strong: '', after: '' };
  const label = receivedLabel(frame.message);
  const ends = last && answerOf(frame) && exchange.end?.by === 'server' ? ', stream ends' : '';
  return { before: `${status}${id}${label.before}`, strong: label.strong, after: `${label.after}${ends}` };
}

function endRow(
  { stream, failed }: Exchange,
  end: NonNullable<Exchange['end']>,
  process: Lane,
): Pick<ArrowRow, 'id' | 'kind' | 'atMs' | 'from' | 'to' | 'label' | 'bad' | 'pending' | 'stream'> {
  const byClient = end.by === 'client';
  const broken = failed !== undefined || end.by === 'fault';
  const name = stream === undefined ? 'its stream' : `stream ${stream}`;
  const how = byClient ? ': connection closed' : !broken ? ' ends' : ' breaks off';
  return {
    id: end.wireId,
    kind: 'end',
    atMs: end.atMs,
    from: byClient ? 'you' : process,
    to: byClient ? process : 'you',
    label: { before: '', strong: '', after: `${name}${how}` },
    bad: broken && !byClient,
    pending: false,
    ...(stream !== undefined && { stream }),
  };
}

/** `curl`, when a program other than a browser sent the request. */
function foreignAgent(exchange: Exchange): string | undefined {
  const agent = headerOf(exchange.request?.headers, 'user-agent');
  if (agent === undefined || agent.startsWith('Mozilla/')) return undefined;
  return shorten(agent.split(/[/ ]/, 1)[0] ?? '', 16) || undefined;
}
