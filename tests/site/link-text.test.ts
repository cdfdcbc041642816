import { expect, test } from 'vitest';
import { builtPages } from './built-site.ts';

/** Texts that Lighthouse takes for saying nothing of where a link leads. */
const sayNothing = new Set(
  'click here,click this,go,here,information,learn more,more,more info,more information,right here,read more,see more,start,this'.split(
    ',',
  ),
);

test('no link says only that it is one', () => {
  const links = builtPages().flatMap(({ path, html }) =>
    [...html.matchAll(/<a\s[^>]*>(.*?)<\/a>/gs)].map(([, inner = '']) => ({
      path,
      text: inner.replace(/<[^>]+>/g, '').trim(),
    })),
  );
  expect(links.length).toBeGreaterThan(500);
  expect(links.filter(({ text }) => sayNothing.has(text.toLowerCase()))).toEqual([]);
});
