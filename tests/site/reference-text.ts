/** The reference pages as a reader sees them: text without tags, cut at the anchors. */

import { readBuilt } from './built-site.ts';

const entities: Readonly<Record<string, string>> = {
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#34;': '"',
  '&#39;': "'",
  '&amp;': '&',
};

/** The words of a piece of HTML, with one space between them. */
export function textOf(html: string): string {
  return html
    .replace(/<[^>]*>/g, ' ')
    .replace(/&(?:lt|gt|quot|#34|#39|amp);/g, (entity) => entities[entity] ?? '')
    .replace(/[\s\u00a0]+/g, ' ')
    .trim();
}

/** The same without any space: where a tag stood inside a word or before a full stop does not matter then. */
export const bare = (text: string): string => text.replace(/[\s\u00a0]+/g, '');

export interface Anchored {
  id: string;
  html: string;
}

/** What stands at each anchor of an element, up to the next one. */
export function anchored(page: string, element: 'h2' | 'h3' | 'tr'): Anchored[] {
  const html = /<main[\s\S]*<\/main>/.exec(readBuilt(`/reference/${page}/index.html`))?.[0] ?? '';
  return html.split(new RegExp(`(?=<${element}[^>]*\\sid="|<h2[^>]*\\sid=")`)).flatMap((piece) => {
    const id = new RegExp(`^<${element}[^>]*\\sid="([^"]+)"`).exec(piece)?.[1];
    return id === undefined ? [] : [{ id, html: piece }];
  });
}
