/** An observed request as TypeScript for Node.js: `fetch`, and every piece of the answer as it comes. */

import type { Exchange } from '../exchanges.ts';
import { type CopyContext, contentTypeNote, sentRequest, unknownSession } from './sent.ts';

/** A module of its own: it awaits at the top level. */
export function typescriptOf(exchange: Exchange, context: CopyContext): string {
  const sent = sentRequest(exchange, context);
  if (!sent) return '';
  const { endpoint, method, headers, body, notes } = sent;
  return [
    ...[...notes, ...contentTypeNote(exchange)].map((note) => `// ${note}`),
    `const response = await fetch(${quoted(endpoint)}, {`,
    `  method: ${quoted(method)},`,
    '  headers: {',
    ...headers.map(({ name, value }) => `    ${quoted(name)}: ${value === undefined ? fromOutside : quoted(value)},`),
    '  },',
    ...(body === undefined ? [] : [`  body: ${quoted(body)},`]),
    '});',
    "console.log(response.status, response.headers.get('content-type'));",
    'for await (const chunk of response.body ?? []) process.stdout.write(chunk);',
  ].join('\n');
}

const fromOutside = `process.env.${unknownSession} ?? ''`;

/** A string literal, whatever is in it (ECMA-262, 12.9.4). */
function quoted(text: string): string {
  const inner = JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'");
  return `'${inner}'`;
}
