/** Running text of the reference tables: prose with code in backticks, and ids of rules that become links. */

import { ruleIds } from '../../content/contract/rules.ts';

export type Part = { kind: 'text' | 'code'; text: string } | { kind: 'rule'; id: string };

const known = new Set(ruleIds);
const marked = new RegExp(`(\`[^\`]+\`|\\b(?:${ruleIds.join('|')})\\b)`);

/** Where a rule stands. */
export const ruleHref = (id: string): string => `/reference/contract/#${id}`;

/** Cuts a text into its parts. What looks like the id of a rule and is none stays text. */
export function inlineParts(text: string): Part[] {
  return text
    .split(marked)
    .filter((piece) => piece !== '')
    .map((piece) => {
      if (piece.startsWith('`')) return { kind: 'code', text: piece.slice(1, -1) };
      return known.has(piece) ? { kind: 'rule', id: piece } : { kind: 'text', text: piece };
    });
}

/** The same as Markdown. */
export function inlineMarkdown(text: string): string {
  return inlineParts(text)
    .map((part) => {
      if (part.kind === 'rule') return ruleLink(part.id);
      return part.kind === 'code' ? `\`${part.text}\`` : part.text;
    })
    .join('');
}

/** A rule as a Markdown link. */
export const ruleLink = (id: string): string => `[${id}](${ruleHref(id)})`;
