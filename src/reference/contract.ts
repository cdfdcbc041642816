/** The contract in the words that the pages use for it. */

import type { Era, Section } from '../../content/contract/rule.ts';
import { sections } from '../../content/contract/rules.ts';

/** @throws when there is no such section */
export function sectionOf(letter: string): Section {
  const found = sections.find((section) => section.letter === letter);
  if (!found) throw new Error(`The contract has no section ${letter}`);
  return found;
}

export function eraNames(eras: readonly Era[]): string {
  if (eras.length > 1) return 'Both eras';
  return eras[0] === 'modern' ? 'Modern era' : 'Handshake era';
}

/** The same in one word, where it is plain that eras are spoken of. */
export function eraWord(eras: readonly Era[]): string {
  return eras.length > 1 ? 'both' : (eras[0] ?? '');
}

/** What is said of a rule that no test names. */
export const unproved = 'No test proves it yet.';
