/** The blocks of the transcript: bodies, event streams, and the fences around them. */

import { type ExportedExchange, headerIn } from './exchanges.ts';

/** As many characters of a line as a page shows without scrolling far. */
const lineWidth = 100;
/** A longer body is a list to scroll past: its beginning will do. */
const mostLines = 24;
const fewLines = 8;
/** The same for the data of one event, which is one line. */
const dataWidth = 240;

/** A body, laid out where it is JSON. Of a long one the beginning. */
export function bodyBlock({ text, bytes, truncated }: { text: string; bytes: number; truncated: boolean }): string {
  const value = parsed(text);
  const lines = (value === undefined ? text : laidOut(value, '')).split('\n');
  const short = lines.length <= mostLines && !truncated;
  return short ? lines.join('\n') : [...lines.slice(0, fewLines), `… (${bytes} bytes in all)`].join('\n');
}

/** JSON with line breaks only where a line would be too long. */
function laidOut(value: unknown, indent: string): string {
  const flat = oneLine(value);
  if (indent.length + flat.length <= lineWidth || typeof value !== 'object' || value === null) return flat;
  const inner = `${indent}  `;
  const parts = Array.isArray(value)
    ? value.map((one) => inner + laidOut(one, inner))
    : Object.entries(value).map(([name, one]) => `${inner}${JSON.stringify(name)}: ${laidOut(one, inner)}`);
  const [open, close] = Array.isArray(value) ? '[]' : '{}';
  return `${open}\n${parts.join(',\n')}\n${indent}${close}`;
}

/** `{"a": 1, "b": [2, 3]}` */
function oneLine(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(oneLine).join(', ')}]`;
  return `{${Object.entries(value)
    .map(([name, one]) => `${JSON.stringify(name)}: ${oneLine(one)}`)
    .join(', ')}}`;
}

/** The events of a stream as they were sent, each with the time at which its end went on to the client. */
export function streamBlock(chunks: ExportedExchange['chunks']): string {
  const lines: string[] = [];
  let rest = '';
  const add = (frame: string, atMs: number): void => {
    const margin = seconds(atMs);
    const [first = '', ...more] = frame.split('\n').map(shortLine);
    if (lines.length > 0) lines.push('');
    lines.push(`${margin}  ${first}`, ...more.map((line) => `${' '.repeat(margin.length)}  ${line}`.trimEnd()));
  };
  for (const { text, atMs } of chunks) {
    const frames = (rest + text).split(/\r?\n\r?\n/);
    rest = frames.pop() ?? '';
    for (const frame of frames) add(frame, atMs);
  }
  if (rest.trim() !== '') add(rest.trimEnd(), chunks.at(-1)?.atMs ?? 0);
  return lines.length === 0 ? '' : fence('text', lines.join('\n'));
}

function shortLine(line: string): string {
  return line.length <= dataWidth ? line : `${line.slice(0, dataWidth)}… (${line.length} characters in all)`;
}

export function isEventStream({ response }: ExportedExchange): boolean {
  return /^text\/event-stream\b/i.test(headerIn(response?.headers ?? [], 'content-type') ?? '');
}

/** A fence longer than any run of backticks inside. */
export function fence(language: string, text: string): string {
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map((run) => run.length));
  const ticks = '`'.repeat(longest + 1);
  return `${ticks}${language}\n${text}\n${ticks}`;
}

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(3)} s`;
}

/** `undefined` for what is no JSON. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
