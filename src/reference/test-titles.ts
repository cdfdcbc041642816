/** The tests that prove a rule: their titles begin with its id in brackets. Read from the text of the test files. */

export interface ProvingTest {
  /** Path from the root of the repository. */
  file: string;
  /** Without the ids. `…` stands for what differs from case to case. */
  title: string;
  /** The first of the rules that it names: told in full there. */
  under: string;
}

const titled = /\(\s*(['"`])((?:\[[A-Z]\d+\] )+(?:\\.|(?!\1)[^\\])*)\1/g;

/** Titles of the tests in a source file that name rules, as they stand there. */
export function titlesIn(source: string): string[] {
  return [...source.matchAll(titled)].map(([, , title = '']) => title.replace(/\\(.)/g, '$1'));
}

/** The ids that a title begins with. */
export function rulesOf(title: string): string[] {
  const [ids = ''] = /^(?:\[[A-Z]\d+\] )+/.exec(title) ?? [];
  return [...ids.matchAll(/[A-Z]\d+/g)].map(([id]) => id);
}

/**
 * All titled tests by the rule they name, rules in the order in which they are met.
 * @param sources the text of each test file by its path
 */
export function testsByRule(sources: Readonly<Record<string, string>>): Map<string, ProvingTest[]> {
  const byRule = new Map<string, ProvingTest[]>();
  for (const [file, source] of Object.entries(sources)) {
    for (const full of titlesIn(source)) {
      const ids = rulesOf(full);
      const under = ids[0] as string;
      const test = { file, title: withoutCases(full.replace(/^(?:\[[A-Z]\d+\] )+/, '')), under };
      for (const id of ids) byRule.set(id, [...(byRule.get(id) ?? []), test]);
    }
  }
  return byRule;
}

/** A title is written once for all cases of `test.each`, with places that each case fills in, its rule among them. */
function withoutCases(title: string): string {
  return title.replace(/\$\{[^}]*\}|\$\w+|%[sdifjoO]/g, '…').replace(/^(\[…\] )+/, '');
}
