import { expect, test } from 'vitest';
import { optionTable } from '../../playground-server/transport/option-table.ts';
import { optionGroups } from '../../src/reference/options.ts';
import { anchored, bare, textOf } from './reference-text.ts';

const names = Object.keys(optionTable) as (keyof typeof optionTable)[];
const shown = anchored('options', 'tr');

test('every option is in one group', () => {
  expect(Object.values(optionGroups).flat().sort()).toEqual([...names].sort());
});

test('the page has every option once, and no other', () => {
  expect(shown.map(({ id }) => id).sort()).toEqual([...names].sort());
});

test.each(names)('%s stands there with its default, what is allowed and what it does', (name) => {
  const text = bare(textOf(shown.find(({ id }) => id === name)?.html ?? ''));
  const { defaultText, allowed, about } = optionTable[name];
  expect(text).toContain(bare(`${name}${defaultText}${about}Allowed:${allowed}.`));
});
