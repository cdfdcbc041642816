/** An observed request as Python 3, with nothing but its standard library. */

import type { Exchange } from '../exchanges.ts';
import { type CopyContext, contentTypeNote, sentRequest, unknownSession } from './sent.ts';

export function pythonOf(exchange: Exchange, context: CopyContext): string {
  const sent = sentRequest(exchange, context);
  if (!sent) return '';
  const { endpoint, method, headers, body, notes } = sent;
  return [
    ...[...notes, ...contentTypeNote(exchange)].map((note) => `# ${note}`),
    'import os',
    'import urllib.error',
    'import urllib.request',
    '',
    'request = urllib.request.Request(',
    `    ${quoted(endpoint)},`,
    `    method=${quoted(method)},`,
    '    headers={',
    ...headers.map(
      ({ name, value }) => `        ${quoted(name)}: ${value === undefined ? fromOutside : quoted(value)},`,
    ),
    '    },',
    ...(body === undefined ? [] : [`    data=${quoted(body)}.encode(),`]),
    ')',
    'try:',
    '    response = urllib.request.urlopen(request)',
    'except urllib.error.HTTPError as refused:',
    '    response = refused',
    "print(response.status, response.headers['content-type'])",
    'for line in response:',
    "    print(line.decode(), end='', flush=True)",
  ]
    .filter((line) => line !== 'import os' || headers.some(({ value }) => value === undefined))
    .join('\n');
}

const fromOutside = `os.environ['${unknownSession}']`;

/** A string literal: the escapes of JSON are escapes of Python too (Lexical analysis, 2.4.1), but for a slash. */
function quoted(text: string): string {
  const inner = JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'");
  return `'${inner}'`;
}
