/** A wire log as a transcript that reads like a page: what was sent, who served it, what came back, in order. */

import type { WireEvent } from '../wire.ts';
import { type ExportedExchange, exchangesOf } from './exchanges.ts';
import type { ExportSettings } from './index.ts';
import { statusTexts } from './status-texts.ts';

/** Headers that say something about MCP, or about who answered; the rest is noise on a page. */
const told = new Set([
  'accept',
  'allow',
  'content-type',
  'lab-process',
  'last-event-id',
  'mcp-method',
  'mcp-name',
  'mcp-protocol-version',
  'mcp-session-id',
  'retry-after',
]);

export function toMarkdown(events: readonly WireEvent[], { beganAt, endpoint }: ExportSettings): string {
  const began = events.find(({ body }) => body.type === 'lab-began')?.body;
  const sections = [
    '# What happened on the wire',
    began?.type === 'lab-began'
      ? `Deployment \`${began.deployment}\`, ${began.processes} ${began.processes === 1 ? 'process' : 'processes'}, endpoint \`${endpoint}\`. Began ${beganAt.toISOString()}; times are seconds since then.`
      : `Endpoint \`${endpoint}\`. The log no longer holds its beginning.`,
  ];
  const exchanges = new Map(exchangesOf(events).map((exchange) => [exchange.id, exchange]));
  for (const event of events) {
    const note = noteOf(event);
    if (note) sections.push(`**${seconds(event.atMs)}** ${note}`);
    if (event.body.type !== 'request-arrived' || event.exchange === undefined) continue;
    const exchange = exchanges.get(event.exchange);
    if (exchange) sections.push(...sectionOf(exchange));
  }
  return `${sections.join('\n\n')}\n`;
}

function sectionOf(exchange: ExportedExchange): string[] {
  const { choice, response, chunks, end, failure } = exchange;
  const title = `## ${seconds(exchange.beganMs)} ${summaryOf(exchange)}`;
  const request = [
    `${exchange.method} ${exchange.target}`,
    ...shownHeaders(exchange.requestHeaders),
    ...(exchange.requestBody ? ['', bodyText(exchange.requestBody)] : []),
  ];
  const lines = [title, fence('http', request.join('\n'))];
  if (choice) lines.push(`Served by **${choice.process}**. ${choice.why}`);
  if (response) {
    const head = [`${response.status} ${statusTexts[response.status] ?? ''}`.trim(), ...shownHeaders(response.headers)];
    const text = chunks.map((chunk) => chunk.text).join('');
    lines.push(fence('http', [...head, ...(text === '' ? [] : ['', text.trimEnd()])].join('\n')));
    if (chunks.length > 1) {
      const times = chunks.map(({ atMs, bytes }) => `${bytes} bytes at ${seconds(atMs)}`);
      lines.push(`It came in ${chunks.length} pieces: ${times.join(', ')}.`);
    }
  }
  if (failure !== undefined) lines.push(`**It failed.** ${failure}`);
  if (end?.by === 'client') lines.push('The client closed the connection.');
  if (end?.by === 'fault') lines.push('An injected fault broke the connection.');
  if (!end) lines.push('It was still open when this was written.');
  return lines;
}

/** `tools/call count`, `DELETE`, `GET, resuming after 1.3`. */
function summaryOf({ method, requestBody, requestHeaders, response }: ExportedExchange): string {
  const answered = response ? ` → ${response.status}` : '';
  const lastEventId = requestHeaders.find(([name]) => name.toLowerCase() === 'last-event-id')?.[1];
  if (method === 'GET' && lastEventId) return `GET, resuming after ${lastEventId}${answered}`;
  const message = requestBody && parsed(requestBody.text);
  if (!message) return `${method}${answered}`;
  if (typeof message.method !== 'string') return `The client answers${answered}`;
  const name = isRecord(message.params) && typeof message.params.name === 'string' ? ` ${message.params.name}` : '';
  return `${message.method}${name}${answered}`;
}

function noteOf({ body }: WireEvent): string | undefined {
  switch (body.type) {
    case 'kill-requested':
      return `${body.signal} was sent to ${body.process} (pid ${body.pid}).`;
    case 'process-exited':
      return `${body.process} (pid ${body.pid}) ended: ${body.signal ?? `code ${body.code}`}.`;
    case 'process-started':
      return `${body.process} started (pid ${body.pid}).`;
    case 'connection-mode-changed':
      return `Connections are ${body.connection} from here on.`;
    case 'emit-requested':
      return `${body.process} was told to emit \`${body.method}\`.`;
    case 'fault-injected':
      return `A fault was injected: \`${JSON.stringify(body.fault)}\`.`;
    case 'session-ended':
      return `A session ended: ${body.reason}.`;
    case 'lab-ended':
      return `The lab ended: ${body.reason}.`;
    case 'log-gap':
      return 'Older events have left the log.';
    default:
      return undefined;
  }
}

function shownHeaders(headers: ExportedExchange['requestHeaders']): string[] {
  return headers.filter(([name]) => told.has(name.toLowerCase())).map(([name, value]) => `${name}: ${value}`);
}

function bodyText({ text, bytes, truncated }: NonNullable<ExportedExchange['requestBody']>): string {
  return truncated ? `${text}\n… (${bytes} bytes)` : text;
}

/** A fence longer than any run of backticks inside. */
function fence(language: string, text: string): string {
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map((run) => run.length));
  const ticks = '`'.repeat(longest + 1);
  return `${ticks}${language}\n${text}\n${ticks}`;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(3)} s`;
}

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
