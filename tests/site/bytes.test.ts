import { posix } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { type BuiltPage, builtPages, readBuilt } from './built-site.ts';

// What a page may weigh in JavaScript, in bytes after gzip: Starlight's own share was measured, and each thing that a
// page adds to it has its own budget.
const starlight = 5.2 * 1024;
/** Starlight's own as well: the table of contents, and the sidebar that keeps its place. */
const contents = 1.5 * 1024;
const liveSnippets = 6 * 1024;
const island = 40 * 1024;

const gzipped = (text: string): number => gzipSync(text, { level: 9 }).length;

/** The module and what it imports, transitively; what it imports later (`import()`) is not part of the page's start. */
function withImports(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  for (const [, target = ''] of readBuilt(file).matchAll(/(?:\bfrom|\bimport)\s*"(\.{1,2}\/[^"]+\.js)"/g)) {
    withImports(posix.join(posix.dirname(file), target), seen);
  }
  return seen;
}

/** The page's JavaScript: what it names, what that imports, and what stands in the page itself. */
function scriptBytes({ html }: BuiltPage): number {
  const named = [...html.matchAll(/(?:<script[^>]*\ssrc|component-url|renderer-url)="(\/[^"]+\.js)"/g)];
  const files = new Set(named.flatMap(([, file = '']) => [...withImports(file)]));
  const inline = [...html.matchAll(/<script(?![^>]*\ssrc=)[^>]*>([\s\S]*?)<\/script>/g)].map(([, text = '']) => text);
  const external = [...files].reduce((sum, file) => sum + gzipped(readBuilt(file)), 0);
  return external + gzipped(inline.join('\n'));
}

describe('the JavaScript of each page is within its budget', () => {
  test.each(builtPages())('$path', (page) => {
    const budget =
      starlight +
      (page.html.includes('<starlight-toc') ? contents : 0) +
      (page.html.includes('<lab-snippet') ? liveSnippets : 0) +
      (page.html.includes('<astro-island') ? island : 0);
    expect(scriptBytes(page)).toBeLessThanOrEqual(budget);
  });

  test('and there is a page of each kind to hold to it', () => {
    const pages = builtPages();
    expect(pages.some(({ html }) => !html.includes('<lab-snippet') && !html.includes('<astro-island'))).toBe(true);
    expect(pages.some(({ html }) => html.includes('<lab-snippet'))).toBe(true);
  });
});

test('what a page draws it does not hold a second time as data, and no page is over 32 kB', () => {
  for (const { path, html } of builtPages()) {
    for (const [island] of html.matchAll(/<astro-island[^>]*>/g)) expect(island.length, path).toBeLessThan(8 * 1024);
    expect(gzipped(html), path).toBeLessThan(32 * 1024);
  }
});

test('the two fonts are all the fonts, and together under 60 kB', () => {
  const fonts = new Set(builtPages().flatMap(({ html }) => html.match(/\/_astro\/[^"]+\.woff2/g) ?? []));
  expect(fonts.size).toBe(2);
});
