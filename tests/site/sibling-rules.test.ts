import { expect, test } from 'vitest';
import { withoutAnySibling } from '../../scripts/sibling-rules.ts';
import { builtFiles, readBuilt } from './built-site.ts';

/** `* + *`, `:not(a) + :not(b)`: a rule for whatever follows whatever. */
const anySibling = /(?:^|[\s>(,])(?:\*|:not\([^()]*\))\s*[+~]\s*(?:\*|:not\()/;

test('no rule is for whatever follows whatever, so that a row which leaves its list costs the list nothing', () => {
  const sheets = builtFiles().filter((file) => file.startsWith('/_astro/') && file.endsWith('.css'));
  const selectors = sheets.flatMap((file) => [...readBuilt(file).matchAll(/([^{}]+)\{/g)].map(([, text = '']) => text));
  expect(selectors.length).toBeGreaterThan(500);
  expect(selectors.filter((selector) => anySibling.test(selector))).toEqual([]);
});

test('rules that name what they are for stay as they are', () => {
  for (const selector of ['.a > li + li', '.a legend + *', ':not(h1) + :is(h2)', '.a > :first-child'])
    expect(withoutAnySibling(selector)).toBe(selector);
  expect(withoutAnySibling('.a > :global(* + *)')).toBe('.a > :global(:where(:not(:first-child)))');
});
