/** A wire log as a transcript that reads like a page: what was sent, who served it, what came back, in order. */

import { STATUS_CODES } from 'node:http';
import type { WireEvent } from '../wire.ts';
import { type ExportedExchange, exchangesOf, headerIn } from './exchanges.ts';
import type { ExportSettings } from './index.ts';
import { bodyBlock, fence, isEventStream, isRecord, parsed, seconds, streamBlock } from './markdown-blocks.ts';
import { endOf, introOf, noteOf, resumedBy, resumptionOf, titleOf } from './markdown-words.ts';

/** Headers that say something about MCP, as they are written; the rest is noise on a page. */
const toldNames = [
  ...['Accept', 'Allow', 'Content-Type', 'Last-Event-ID', 'Mcp-Method', 'Mcp-Name', 'MCP-Protocol-Version'],
  ...['Mcp-Session-Id', 'Retry-After', 'WWW-Authenticate'],
];
const told = new Map(toldNames.map((name) => [name.toLowerCase(), name]));

/** Request headers that stand where they are not what they were in the last request of that method. */
const standing = new Set(['accept', 'content-type']);

export function toMarkdown(events: readonly WireEvent[], settings: ExportSettings): string {
  const sections = ['# What happened on the wire', introOf(events, settings)];
  const exchanges = exchangesOf(events);
  const numbers = new Map(exchanges.map(({ id }, index) => [id, index + 1]));
  const several =
    new Set(events.flatMap(({ body }) => (body.type === 'process-started' ? [body.process] : []))).size > 1;
  const before = new Map<string, string>();
  for (const event of events) {
    const note = noteOf(event);
    if (note !== undefined) sections.push(`**${seconds(event.atMs)}** ${note}`);
    const number = numbers.get(event.exchange ?? '');
    const exchange = number === undefined ? undefined : exchanges[number - 1];
    if (event.body.type !== 'request-arrived' || number === undefined || !exchange) continue;
    sections.push(...sectionOf(exchange, { number, several, exchanges, before }));
  }
  return `${sections.join('\n\n')}\n`;
}

interface Place {
  /** Of the exchange, from 1. */
  number: number;
  /** There are several processes, so that it matters which one was chosen and why. */
  several: boolean;
  /** All of them. */
  exchanges: readonly ExportedExchange[];
  /** The standing headers, by method and name, as the last request had them. */
  before: Map<string, string>;
}

function sectionOf(exchange: ExportedExchange, { number, several, exchanges, before }: Place): string[] {
  const { response, chunks, requestBody } = exchange;
  const head = [`${exchange.method} ${exchange.target}`, ...headerLines(newHeaders(exchange, before))];
  const sections = [
    `## ${number}. ${titleOf(exchange)}`,
    beginningOf(exchange, several),
    fence('http', [...head, ...(requestBody ? ['', bodyBlock(requestBody)] : [])].join('\n')),
    [choiceOf(exchange, several), resumptionOf(exchange, exchanges)].filter((sentence) => sentence !== '').join(' '),
  ];
  if (response) {
    const status = `${response.status} ${STATUS_CODES[response.status] ?? ''}`.trim();
    const lines = [status, ...headerLines(response.headers)];
    const text = chunks.map((chunk) => chunk.text).join('');
    if (isEventStream(exchange)) sections.push(fence('http', lines.join('\n')), streamBlock(chunks));
    else {
      const bytes = chunks.reduce((sum, chunk) => sum + chunk.bytes, 0);
      const truncated = chunks.some((chunk) => chunk.truncated);
      if (text !== '') lines.push('', bodyBlock({ text, bytes, truncated }));
      sections.push(fence('http', lines.join('\n')));
    }
  }
  sections.push(endOf(exchange, wasAnswered(exchange), resumedBy(exchange, exchanges)));
  return sections.filter((section) => section !== '');
}

/** `At 0.440 s, from curl on c1.` */
function beginningOf({ beganMs, client, connection }: ExportedExchange, several: boolean): string {
  const from = client === 'unknown' ? '' : `, from \`${client}\``;
  const on = several && connection !== undefined ? `, on connection \`${connection}\`` : '';
  return `At ${seconds(beganMs)}${from}${on}.`;
}

/** Who served it and why, and what it did about the session. */
function choiceOf({ choice, table, session, rule, asked }: ExportedExchange, several: boolean): string {
  if (!choice) return '';
  const { process, why } = choice;
  const id = session === undefined ? '' : ` \`${session}\``;
  const reason = table?.session === 'missing' && table.reason !== 'unknown' ? ` any more: it was ${table.reason}` : '';
  return [
    several ? `Served by **${process}**. ${why}` : '',
    table?.session === 'created' ? `${process} opened session${id}.` : '',
    table?.session === 'missing' ? `**${process} has no session${id}${reason}.**` : '',
    asked.length > 0 ? `It asked the store: ${asked.map((one) => `\`${one}\``).join(', ')}.` : '',
    rule !== undefined && table?.session !== 'missing' ? `${process} refused it by rule ${rule} of the contract.` : '',
  ]
    .filter((sentence) => sentence !== '')
    .join(' ');
}

/** The response to the request of this exchange is on its stream, or its body is that response. */
function wasAnswered(exchange: ExportedExchange): boolean {
  const text = exchange.chunks.map((chunk) => chunk.text).join('');
  const data = isEventStream(exchange) ? [...text.matchAll(/^data: ?(.*)$/gm)].map(([, line]) => line ?? '') : [text];
  return data.some((one) => {
    const message = parsed(one);
    return isRecord(message) && ('result' in message || 'error' in message);
  });
}

function newHeaders({ method, requestHeaders }: ExportedExchange, before: Map<string, string>) {
  return requestHeaders.filter(([name, value]) => {
    const lower = name.toLowerCase();
    const key = `${method} ${lower}`;
    if (!standing.has(lower)) return true;
    const changed = before.get(key) !== value;
    before.set(key, value);
    return changed || headerIn(requestHeaders, 'last-event-id') !== undefined;
  });
}

function headerLines(headers: ExportedExchange['requestHeaders']): string[] {
  return headers.flatMap(([name, value]) => {
    const written = told.get(name.toLowerCase());
    return written === undefined ? [] : [`${written}: ${value}`];
  });
}
