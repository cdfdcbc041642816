/** The test files of the repository as the build finds them, and what they prove. */

import { type ProvingTest, testsByRule } from './test-titles.ts';

// Those of the site name rules as examples.
const found = import.meta.glob<string>(['/tests/**/*.test.ts', '!/tests/site/**'], {
  query: '?raw',
  import: 'default',
  eager: true,
});

const sources = Object.fromEntries(Object.entries(found).map(([path, source]) => [path.slice(1), source]));
const byRule = testsByRule(sources);

/** The tests whose titles name the rule, file by file. */
export const testsOf = (rule: string): readonly ProvingTest[] => byRule.get(rule) ?? [];

/** Those that the page tells of one file under one rule: two, or three where the third is the last. The file has them all. */
export const shownTests = (tests: readonly ProvingTest[]): readonly ProvingTest[] =>
  tests.length > 3 ? tests.slice(0, 2) : tests;

/** The rules that some title names, whether or not the contract has them. */
export const namedRules = (): string[] => [...byRule.keys()];

/** The test files that prove something, with their text. */
export function provingFiles(): { file: string; source: string }[] {
  const files = new Set([...byRule.values()].flatMap((tests) => tests.map(({ file }) => file)));
  return [...files].map((file) => ({ file, source: sources[file] as string }));
}

/** Where the site serves a test file, as plain text. */
export const testHref = (file: string): string => `/${file}.txt`;
