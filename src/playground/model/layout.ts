/**
 * The sequence: which rows there are, in which order, between which lifelines, and what each one says.
 *
 * Rows follow the ids of the wire log. Keep-alive comments have no rows of their own: an idle stream says nothing.
 */

import type { ProcessName, WireEvent } from '../../../playground-server/lab/wire.ts';
import { type Exchange, gatherExchanges, headerOf, isEventStream, type WrittenFrame } from './exchanges.ts';
import { kindOf, type Label, messageIn, receivedLabel, sentLabel, shorten } from './messages.ts';
import type { ArrowRow, NoteRow, Row } from './rows.ts';
import { drawTracks } from './tracks.ts';

/** All rows that these events make. Pure: the same events make the same rows. */
export function layout(events: readonly WireEvent[]): Row[] {
  const exchanges = gatherExchanges(events);
  const rows: Row[] = [];
  for (const exchange of exchanges.values()) rows.push(...exchangeRows(exchange));
  for (const event of events) {
    const note = noteRow(event);
    if (note) rows.push(note);
  }
  rows.sort((a, b) => a.id - b.id);

  const firstArrow = rows.find(({ kind }) => kind !== 'note') ?? rows[0];
  const beganAt = firstArrow?.atMs ?? 0;
  for (const row of rows) row.atMs = Math.max(0, Math.round(row.atMs - beganAt));
  return drawTracks(rows, exchanges);
}

function exchangeRows(exchange: Exchange): ArrowRow[] {
  const rows: ArrowRow[] = [];
  const process: ProcessName = exchange.process ?? 'p1';
  const shared = { exchange: exchange.id, tracks: [] };

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
      bad: false,
      pending: exchange.process === undefined,
      ...(exchange.mark && { mark: exchange.mark }),
      ...(agent !== undefined && { agent }),
    });
  }

  const back = { ...shared, from: process, to: 'you' } as const;
  if (!isEventStream(exchange)) {
    if (exchange.response) {
      const { wireId, atMs, status } = exchange.response;
      const label = responseLabel(exchange);
      rows.push({ ...back, id: wireId, kind: 'response', atMs, label, bad: status >= 400, pending: false });
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
    rows.push(endRow(exchange, exchange.end, process));
  }
  return rows;
}

/** Every event, and the comment that a stream without a priming event begins with. */
function shownFrames(exchange: Exchange): WrittenFrame[] {
  return exchange.frames.filter((frame, index) => frame.kind !== 'comment' || index === 0);
}

/** Whether this frame is the response that the stream was for. */
export function answerOf(frame: WrittenFrame): 'result' | 'error' | undefined {
  if (frame.kind !== 'message') return undefined;
  const kind = frame.message && kindOf(frame.message);
  return kind === 'result' || kind === 'error' ? kind : undefined;
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
    return { before: `${status} `, strong: '', after: shorten(message.error.message, 44) };
  }
  if (exchange.failed !== undefined) return { before: `${status} `, strong: '', after: shorten(exchange.failed, 44) };
  if (message && 'result' in message) return { before: `${status} `, strong: 'result', after: '' };
  if (exchange.mark?.kind === 'ended') return { before: `${status} `, strong: '', after: 'session ended' };
  return { before: status, strong: '', after: '' };
}

function frameLabel(frame: WrittenFrame, exchange: Exchange, first: boolean, last: boolean): Label {
  const status = first && exchange.response ? `${exchange.response.status} ` : '';
  const id = frame.eventId === undefined ? '' : `${frame.eventId} `;
  if (frame.kind === 'prime') return { before: `${status}${id}primed`, strong: '', after: '' };
  if (frame.kind === 'comment') return { before: `${status}stream opened`, strong: '', after: '' };
  const label = receivedLabel(frame.message);
  const ends = last && answerOf(frame) && exchange.end?.by === 'server' ? ', stream ends' : '';
  return { before: `${status}${id}${label.before}`, strong: label.strong, after: `${label.after}${ends}` };
}

function endRow(exchange: Exchange, end: NonNullable<Exchange['end']>, process: ProcessName): ArrowRow {
  const byClient = end.by === 'client';
  const name = exchange.stream === undefined ? 'stream' : `stream ${exchange.stream}`;
  return {
    id: end.wireId,
    kind: 'end',
    atMs: end.atMs,
    from: byClient ? 'you' : process,
    to: byClient ? process : 'you',
    label: { before: '', strong: '', after: byClient ? `${name}: connection closed` : `${name} ends` },
    bad: false,
    pending: false,
    exchange: exchange.id,
    ...(exchange.stream !== undefined && { stream: exchange.stream }),
    tracks: [],
  };
}

/** `curl`, when a program other than a browser sent the request. */
function foreignAgent(exchange: Exchange): string | undefined {
  const agent = headerOf(exchange.request?.headers, 'user-agent');
  if (agent === undefined || agent.startsWith('Mozilla/')) return undefined;
  return shorten(agent.split(/[/ ]/, 1)[0] ?? '', 16) || undefined;
}

function noteRow(event: WireEvent): NoteRow | undefined {
  const note = noteText(event);
  if (note === undefined) return undefined;
  return { id: event.id, kind: 'note', atMs: event.atMs, text: note.text, bad: note.bad ?? false, tracks: [] };
}

const endings = {
  deleted: 'This lab was deleted.',
  idle: 'This lab ended: nothing used it for a while.',
  age: 'This lab ended: it reached its greatest age.',
  'server-stopping': 'This lab ended: the server is stopping.',
} as const;

function noteText(event: WireEvent): { text: string; bad?: true } | undefined {
  const { body } = event;
  switch (body.type) {
    case 'process-exited': {
      const how = body.signal === null ? `exit code ${String(body.code)}` : body.signal;
      return { text: `${body.process} ended (pid ${body.pid}, ${how})`, bad: true };
    }
    case 'session-ended':
      if (body.reason === 'deleted' || body.reason === 'closed') return undefined;
      return { text: `session ${event.session ?? ''} ${body.reason} in ${event.actor}` };
    case 'stream-replaced':
      return { text: `stream ${event.stream ?? ''} goes on over a newer connection` };
    case 'message-dropped':
      return { text: `${body.method} had nowhere to go: ${body.why.replaceAll('-', ' ')}` };
    case 'log-gap':
      return { text: `Events before ${body.firstKept} are no longer kept.` };
    case 'lab-ended':
      return { text: endings[body.reason] };
    default:
      return undefined;
  }
}
