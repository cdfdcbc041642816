import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { ruleIds } from '../../content/contract/rules.ts';
import { corsHeaders, preflightHeaders } from '../../playground-server/transport/cors.ts';
import { errors } from '../../playground-server/transport/errors.ts';
import { requestHeaders } from '../../src/reference/request-headers.ts';
import { responseHeaders } from '../../src/reference/response-headers.ts';
import { anchored, bare, textOf } from './reference-text.ts';

const folder = fileURLToPath(new URL('../../playground-server/transport', import.meta.url));
const code = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => readFileSync(join(folder, name), 'utf8'))
  .join('\n');

const found = (...patterns: RegExp[]): string[] => {
  const names = patterns.flatMap((pattern) => [...code.matchAll(pattern)].map(([, name = '']) => name));
  // The name of a format of JSON Schema, which has a hyphen as well.
  return [...new Set(names)].filter((name) => name !== 'date-time').sort();
};
const lower = (headers: readonly { name: string }[]): string[] => headers.map(({ name }) => name.toLowerCase()).sort();
const list = (value: string | undefined): string[] => (value ?? '').split(', ').map((name) => name.toLowerCase());

describe('the table of request headers', () => {
  test('has those that the transport reads, and no others', () => {
    const read = found(/\bheader\('([a-z-]+)'\)/g, /\.headers\['([a-z-]+)'\]/g);
    // A family of names, which the code puts together; and one that it hands to the option `principal` unread.
    expect(code).toMatch(/['"`]mcp-param-/);
    expect(lower(requestHeaders)).toEqual([...read, 'authorization', 'mcp-param-*'].sort());
  });

  test('says which of them another origin may send, as the answer to a preflight does', () => {
    const allowed = preflightHeaders('Mcp-Param-Region')['access-control-allow-headers'];
    const marked = lower(requestHeaders.filter(({ cors }) => cors));
    expect(marked).toEqual(
      list(allowed)
        .map((name) => name.replace('mcp-param-region', 'mcp-param-*'))
        .sort(),
    );
  });

  test.each(requestHeaders)(
    '$name: the statuses it speaks of are those of its errors',
    ({ otherwise, refusals = [] }) => {
      const spoken = new Set([...otherwise.matchAll(/\b[45]\d\d\b/g)].map(([status]) => Number(status)));
      expect([...spoken].sort()).toEqual([...new Set(refusals.map((name) => errors[name].status))].sort());
    },
  );
});

describe('the table of response headers', () => {
  test('has those that the transport sets, and no others', () => {
    const set = found(
      /'((?:[a-z]+-)+[a-z]+)':/g,
      /\[['"]((?:[a-z]+-)+[a-z]+)['"]\] = /g,
      /\bextra\.(allow) = /g,
      /\bhead\.(connection) = /g,
    );
    expect(lower(responseHeaders)).toEqual(
      [...new Set([...set, ...Object.keys(corsHeaders('https://a.example', null))])].sort(),
    );
  });

  test('says which of them another origin may read, as the answer does', () => {
    const exposed = list(corsHeaders('https://a.example', null)['access-control-expose-headers']);
    // Exposed for servers that send it; this one does not.
    const marked = [...lower(responseHeaders.filter(({ cors }) => cors)), 'mcp-protocol-version'];
    expect(marked.sort()).toEqual(exposed.sort());
  });
});

describe('reference/headers', () => {
  const shown = anchored('headers', 'h3');
  const all = [
    ...requestHeaders.map((header) => ({ id: header.name.toLowerCase().replace('-*', ''), header })),
    ...responseHeaders.map((header) => ({ id: `response-${header.name.toLowerCase()}`, header })),
  ];

  test('has every header once, and no other', () => {
    expect(shown.map(({ id }) => id)).toEqual(all.map(({ id }) => id));
  });

  test.each(all)('$id stands there with its format, its errors and its rules', ({ id, header }) => {
    const html = shown.find((each) => each.id === id)?.html ?? '';
    const text = bare(textOf(html));
    for (const part of [header.about, header.format, header.otherwise]) {
      expect(text).toContain(bare(part.replaceAll('`', '')));
    }
    for (const name of header.refusals ?? []) expect(html).toContain(`href="/reference/errors/#${name}"`);
    for (const rule of header.rules) {
      expect(ruleIds).toContain(rule);
      expect(html).toContain(`href="/reference/contract/#${rule}"`);
    }
  });
});
