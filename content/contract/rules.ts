/**
 * The contract of the transport: each promise with the id that test titles, the table of errors and comments use. The
 * page reference/contract is made from it, and tests/site/reference-contract.test.ts holds the tests to it.
 */

import { guards, options } from './guards.ts';
import { inputRequired, modern, subscriptions } from './modern.ts';
import { backplane, operation } from './operation.ts';
import { posts } from './posts.ts';
import type { Era, Rule, Section } from './rule.ts';
import { asking, sessions } from './sessions.ts';
import { resuming, streams } from './streams.ts';

/** In the order of the page. */
export const sections: readonly Section[] = [
  options,
  guards,
  posts,
  sessions,
  streams,
  resuming,
  asking,
  modern,
  subscriptions,
  inputRequired,
  backplane,
  operation,
];

const rules = new Map(
  sections.flatMap((section) => section.rules.map((rule) => [rule.id, { rule, section }] as const)),
);

export const ruleIds: readonly string[] = [...rules.keys()];

/** @throws when there is no such rule, so that nothing can speak of one that is gone */
export function findRule(id: string): { rule: Rule; section: Section } {
  const found = rules.get(id);
  if (!found) throw new Error(`The contract has no rule ${id}`);
  return found;
}

/** The eras that the rule speaks of. */
export function erasOf(id: string): readonly Era[] {
  const { rule, section } = findRule(id);
  return rule.eras ?? section.eras;
}
