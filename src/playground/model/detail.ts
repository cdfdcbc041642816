/**
 * One exchange as it was sent: the request, and the answer chunk by chunk, line by line, at the times its bytes passed
 * the router's edge.
 */

import type { WireEvent } from '../../../playground-server/lab/wire.ts';
import { type Exchange, gatherExchanges, isEventStream } from './exchanges.ts';
import { sentLabel } from './messages.ts';
import type { Row } from './rows.ts';
import { frameData, streamLines } from './sse-lines.ts';
import { type Verdict, verdictsOf } from './verdict.ts';

export type DetailLine =
  | { kind: 'start'; text: string }
  /** `ofProtocol`: the transport reads it. The others are HTTP's and the browser's own. */
  | { kind: 'header'; name: string; value: string; ofProtocol: boolean }
  | { kind: 'text'; text: string }
  | { kind: 'field'; name: string; value: string }
  | { kind: 'comment'; value: string }
  | { kind: 'blank' }
  /** What is not in the log: a body that was cut, an answer that is still on its way. */
  | { kind: 'remark'; text: string };

export interface DetailBlock {
  /** For a chunk: `chunk 2 · 118 bytes · 144 ms`. Absent for heads and for requests. */
  chunk?: { number: number; bytes: number; atMs: number };
  lines: (DetailLine & { selected: boolean })[];
}

export interface Detail {
  exchange: Exchange;
  /** `2` of `stream 2`, for an event stream. */
  stream?: string;
  /** `POST count · 205 ms · 4 events` */
  summary: string;
  /** Who decided what about it, in order. */
  verdicts: Verdict[];
  request: DetailBlock[];
  response: DetailBlock[];
  /** The JSON of the selected row, parsed and laid out; absent when it carries none. */
  json?: string;
}

/**
 * Everything there is to show of the exchange that `row` belongs to. `undefined` for a row without one.
 * @param shared the processes share their sessions
 */
export function detailOf(events: readonly WireEvent[], row: Row, shared = false): Detail | undefined {
  if (row.kind === 'note' || row.kind === 'store') return undefined;
  const exchange = gatherExchanges(events).get(row.exchange);
  if (!exchange) return undefined;
  const beganAt = exchange.atMs - row.atMs + rowOffset(exchange, row);
  const json = prettyJson(payloadOf(exchange, row));
  return {
    exchange,
    ...(exchange.stream !== undefined && isEventStream(exchange) && { stream: exchange.stream }),
    summary: summaryOf(exchange),
    verdicts: verdictsOf(exchange, shared),
    request: requestBlocks(exchange, row.kind === 'request'),
    response: responseBlocks(exchange, row, beganAt),
    ...(json !== undefined && { json }),
  };
}

/** How long after its exchange began the row's own event happened. */
function rowOffset(exchange: Exchange, row: Row): number {
  const frame = exchange.frames.find(({ wireId }) => wireId === row.id);
  const at = frame ?? [exchange.response, exchange.end].find((part) => part?.wireId === row.id);
  return (at?.atMs ?? exchange.atMs) - exchange.atMs;
}

function summaryOf(exchange: Exchange): string {
  const message = exchange.body?.message;
  const what = [exchange.request?.method ?? '', sentLabel(message).strong].filter(Boolean).join(' ');
  const last = exchange.end?.atMs ?? exchange.chunks.at(-1)?.atMs ?? exchange.response?.atMs;
  const parts = [what];
  if (last !== undefined) {
    const soFar = isEventStream(exchange) && !exchange.end ? ' so far' : '';
    parts.push(`${Math.round(last - exchange.atMs)} ms${soFar}`);
  }
  if (isEventStream(exchange)) {
    const events = exchange.frames.filter(({ kind }) => kind !== 'comment').length;
    const comments = exchange.frames.length - events;
    parts.push(counted(events, 'event'));
    if (comments > 0) parts.push(counted(comments, 'comment'));
  }
  return parts.join(' · ');
}

const protocolHeader = /^(accept|content-type|cache-control|last-event-id|mcp-.*|x-accel-buffering|lab-process)$/;

function headerLine(name: string, value: string): DetailLine {
  return { kind: 'header', name, value, ofProtocol: protocolHeader.test(name.toLowerCase()) };
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function requestBlocks(exchange: Exchange, selected: boolean): DetailBlock[] {
  const { request, body } = exchange;
  if (!request) return [];
  const lines: DetailLine[] = [{ kind: 'start', text: `${request.method} ${request.target} HTTP/1.1` }];
  for (const [name, value] of request.headers) lines.push(headerLine(name, value));
  if (body && body.text !== '') {
    lines.push({ kind: 'blank' }, { kind: 'text', text: body.text });
    if (body.truncated) lines.push({ kind: 'remark', text: `cut here by the log, of ${body.bytes} bytes` });
  }
  return [{ lines: lines.map((line) => ({ ...line, selected: selected && line.kind === 'text' })) }];
}

function responseBlocks(exchange: Exchange, row: Row, beganAt: number): DetailBlock[] {
  const { response } = exchange;
  if (!response) return [{ lines: [{ kind: 'remark', text: 'no answer yet', selected: false }] }];
  const head: DetailLine[] = [{ kind: 'start', text: `HTTP/1.1 ${response.status}` }];
  for (const [name, value] of response.headers) head.push(headerLine(name, value));
  const blocks: DetailBlock[] = [{ lines: head.map((line) => ({ ...line, selected: false })) }];

  const streaming = isEventStream(exchange);
  const chosen = chosenRange(exchange, row);
  let offset = 0;
  let midLine = false;
  exchange.chunks.forEach((chunk, index) => {
    const lines: DetailBlock['lines'] = [];
    const pieces = streaming ? chunkLines(chunk.text, midLine) : [asText(chunk.text)];
    midLine = !/[\r\n]$/.test(chunk.text);
    for (const { raw, ...line } of pieces) {
      const inside = chosen !== undefined && offset >= chosen.from && offset < chosen.to;
      const selected = line.kind !== 'blank' && (inside || (!streaming && row.kind === 'response'));
      lines.push({ ...line, selected });
      offset += raw.length;
    }
    if (chunk.truncated)
      lines.push({ kind: 'remark', text: `cut here by the log, of ${chunk.bytes} bytes`, selected: false });
    const at = Math.max(0, Math.round(chunk.atMs - beganAt));
    blocks.push({ chunk: { number: index + 1, bytes: chunk.bytes, atMs: at }, lines });
  });
  return blocks;
}

type Piece = Extract<DetailLine, { kind: 'text' | 'field' | 'comment' | 'blank' }> & { raw: string };

function asText(raw: string): Piece {
  return { kind: 'text', raw, text: raw.replace(/[\r\n]+$/, '') };
}

/** The lines of one chunk. `midLine`: it begins with the rest of a line, which must not be read as a line of its own. */
function chunkLines(text: string, midLine: boolean): Piece[] {
  if (!midLine) return streamLines(text);
  const rest = /^[^\r\n]*(?:\r\n|\n|\r)?/.exec(text)?.[0] ?? '';
  return [asText(rest), ...streamLines(text.slice(rest.length))];
}

/** Where the selected frame stands in the text of the stream. */
function chosenRange(exchange: Exchange, row: Row): { from: number; to: number } | undefined {
  let from = 0;
  for (const frame of exchange.frames) {
    const to = from + frame.raw.length;
    if (frame.wireId === row.id) return { from, to };
    from = to;
  }
  return undefined;
}

function payloadOf(exchange: Exchange, row: Row): string | undefined {
  if (row.kind === 'request') return exchange.body?.text;
  if (row.kind === 'response') return exchange.chunks.map(({ text }) => text).join('');
  const frame = exchange.frames.find(({ wireId }) => wireId === row.id);
  return frame && frameData(frame.raw);
}

function prettyJson(text: string | undefined): string | undefined {
  if (text === undefined || text === '') return undefined;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return undefined;
  }
}
