import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { findRule, ruleIds, sections } from '../../content/contract/rules.ts';
import { namedRules, provingFiles, shownTests, testHref, testsOf } from '../../src/reference/contract-tests.ts';
import { inlineMarkdown, inlineParts } from '../../src/reference/inline.ts';
import { rulesOf, testsByRule, titlesIn } from '../../src/reference/test-titles.ts';
import { readBuilt } from './built-site.ts';
import { anchored, bare, textOf } from './reference-text.ts';

/** Rules of the backplane wait for the stores that they are about. */
const mustBeProved = ruleIds.filter((id) => findRule(id).section.letter !== 'B');

describe('the rules and the tests', () => {
  test.each(mustBeProved)('%s has a test whose title begins with it', (id) => {
    expect(testsOf(id).length).toBeGreaterThan(0);
  });

  test('no title names a rule that the contract does not have', () => {
    expect(namedRules().filter((id) => !ruleIds.includes(id))).toEqual([]);
  });

  test('no comment of the transport names a rule that the contract does not have', () => {
    const folder = fileURLToPath(new URL('../../playground-server', import.meta.url));
    const named = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .flatMap((name) => [...readFileSync(join(folder, name), 'utf8').matchAll(/\brules? ([A-Z]\d+)\b/g)])
      .map(([, id = '']) => id);
    expect(named.length).toBeGreaterThan(0);
    expect([...new Set(named)].filter((id) => !ruleIds.includes(id))).toEqual([]);
  });

  test('an id is that of one rule, and begins with the letter of its section', () => {
    const all = sections.flatMap(({ letter, rules }) => rules.map(({ id }) => ({ id, letter })));
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
    for (const { id, letter } of all) expect(id).toMatch(new RegExp(`^${letter}\\d+$`));
  });
});

describe('reading titles', () => {
  test('finds those that begin with ids, however they are quoted and wherever they stand', () => {
    const source = [
      "test('[P7] an unknown id answers 404', async () => {});",
      'test("[S1] [E7] it isn\'t gone", () => {});',
      "test.each([1])(\n  '[R2] a malformed id (%j) isn\\'t found', () => {});",
      'describe(`[G6] ' + '$' + '{name}`, () => {});',
      "test('no rule', () => {});",
      "expect(text).toBe('[P7]');",
      "const shown = '[P9] not a title';",
    ].join('\n');
    expect(titlesIn(source)).toEqual([
      '[P7] an unknown id answers 404',
      "[S1] [E7] it isn't gone",
      "[R2] a malformed id (%j) isn't found",
      '[G6] ' + '$' + '{name}',
    ]);
  });

  test('a test counts for each rule that its title names', () => {
    expect(rulesOf('[S1] [E7] both')).toEqual(['S1', 'E7']);
    const byRule = testsByRule({
      'tests/a.test.ts': "test('[S1] [E7] with %s and $name')",
      'tests/b.test.ts': "test('[E7] x')",
    });
    expect(byRule.get('S1')).toEqual([{ file: 'tests/a.test.ts', title: 'with … and …', under: 'S1' }]);
    expect(byRule.get('E7')?.map(({ file }) => file)).toEqual(['tests/a.test.ts', 'tests/b.test.ts']);
  });
});

test('ids of rules in a text become links, and nothing else does', () => {
  expect(inlineParts('as in S3, `P7` or Z9')).toEqual([
    { kind: 'text', text: 'as in ' },
    { kind: 'rule', id: 'S3' },
    { kind: 'text', text: ', ' },
    { kind: 'code', text: 'P7' },
    { kind: 'text', text: ' or Z9' },
  ]);
  expect(inlineMarkdown('see S3')).toBe('see [S3](/reference/contract/#S3)');
});

describe('reference/contract', () => {
  const shown = anchored('contract', 'h3');

  test('has every rule once, in the order of the contract', () => {
    expect(shown.map(({ id }) => id)).toEqual(ruleIds);
  });

  test.each(ruleIds)('%s stands there with its text and its tests', (id) => {
    const { rule } = findRule(id);
    const html = shown.find((each) => each.id === id)?.html ?? '';
    const text = bare(textOf(html));
    expect(text).toContain(bare(`${id}${rule.title}${rule.text.replaceAll('`', '')}`));
    const proving = testsOf(id);
    for (const { file, under } of proving) {
      // A test that proves several rules is told in full under the first.
      expect(html).toContain(under === id ? `href="${testHref(file)}"` : `href="#${under}"`);
    }
    const own = Map.groupBy(
      proving.filter(({ under }) => under === id),
      ({ file }) => file,
    );
    for (const [file, tests] of own) {
      const shown = shownTests(tests).map(({ title }) => title);
      const more = tests.length > shown.length ? `and ${tests.length - shown.length} more` : '';
      expect(text).toContain(bare([file.slice(file.lastIndexOf('/') + 1), ...shown, more].join('')));
    }
    const said = proving.length === 0 ? 'No test proves it yet.' : `${proving.length} test`;
    expect(text).toContain(bare(said));
  });

  test('the files of the tests are served as they are', () => {
    expect(provingFiles().length).toBeGreaterThan(0);
    for (const { file, source } of provingFiles()) expect(readBuilt(testHref(file))).toBe(source);
  });
});
