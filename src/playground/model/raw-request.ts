/** A request as text that a reader can edit: method, headers, an empty line, body. And what a browser makes of it. */

import type { SentRequest } from './copy-as/sent.ts';

export interface RawRequest {
  method: string;
  headers: readonly (readonly [name: string, value: string])[];
  body: string | undefined;
  /** Headers that stand in the text, and that a browser sets itself or not at all. */
  ignored: readonly string[];
}

/** What was sent, for editing. */
export function rawText({ method, headers, body }: SentRequest): string {
  const lines = headers.map(({ name, value = 'put the id of the session here' }) => `${name}: ${value}`);
  return [method, ...lines, ...(body === undefined ? [] : ['', body])].join('\n');
}

/** RFC 9110, 5.6.2: what a name is made of. */
const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** Fetch, "forbidden request-header": a page that sets one of these is not heard. */
const forbidden =
  /^(accept-charset|accept-encoding|access-control-request-.*|connection|content-length|cookie2?|date|dnt|expect|host|keep-alive|origin|proxy-.*|referer|sec-.*|set-cookie|te|trailer|transfer-encoding|upgrade|via)$/;

/** @returns the request, or what keeps a browser from sending it, with the line where it stands */
export function parseRaw(text: string): RawRequest | { fault: string } {
  const [head = '', ...rest] = text.replaceAll('\r\n', '\n').split(/\n\n/);
  const [first = '', ...lines] = head.split('\n');
  // A whole request line is understood as well: where it goes is the lab's endpoint in any case.
  const method = first.trim().split(/\s/, 1)[0] ?? '';
  if (!token.test(method)) return { fault: 'Line 1: a method is needed, such as POST.' };
  if (/^(connect|trace|track)$/i.test(method)) return { fault: `Line 1: a browser sends no ${method}.` };
  const headers: [string, string][] = [];
  const ignored: string[] = [];
  for (const [index, line] of lines.entries()) {
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(0, colon)).trim();
    const value = line.slice(colon + 1).trim();
    if (!token.test(name)) return { fault: `Line ${index + 2}: a header is a name, a colon and a value.` };
    if (/[^\t\x20-\x7e\x80-\xff]/.test(value)) {
      return {
        fault: `Line ${index + 2}: a header cannot hold such a character. Modern MCP headers wrap it in Base64.`,
      };
    }
    if (forbidden.test(name.toLowerCase())) ignored.push(name);
    else headers.push([name, value]);
  }
  const body = rest.length === 0 ? undefined : rest.join('\n\n');
  if (body && /^(get|head)$/i.test(method)) return { fault: `A browser sends no body with ${method}.` };
  return { method, headers, body, ignored };
}
