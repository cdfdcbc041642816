/**
 * An event stream line by line, for showing it as it was sent. (What a frame *means* to a client is read by
 * `wire-client/frames.ts`; here the text itself is the subject.)
 */

export type StreamLine =
  | { kind: 'field'; name: string; value: string; raw: string }
  | { kind: 'comment'; value: string; raw: string }
  | { kind: 'blank'; raw: string };

/** Splits text into lines, each with its line end, and tells fields, comments and blank lines apart. */
export function streamLines(text: string): StreamLine[] {
  const lines = text.match(/[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+$/g) ?? [];
  return lines.map(readLine);
}

function readLine(raw: string): StreamLine {
  const text = raw.replace(/[\r\n]+$/, '');
  if (text === '') return { kind: 'blank', raw };
  const colon = text.indexOf(':');
  // WHATWG HTML, 9.2.6: one space after the colon is not part of the value.
  const value = colon < 0 ? '' : text.slice(colon + 1).replace(/^ /, '');
  if (colon === 0) return { kind: 'comment', value, raw };
  return { kind: 'field', name: colon < 0 ? text : text.slice(0, colon), value, raw };
}

/** The data of one frame: its `data` lines joined with LF. `undefined` when it has none. */
export function frameData(raw: string): string | undefined {
  const data: string[] = [];
  for (const line of streamLines(raw)) if (line.kind === 'field' && line.name === 'data') data.push(line.value);
  return data.length === 0 ? undefined : data.join('\n');
}
