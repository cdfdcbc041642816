import { describe, expect, test } from 'vitest';
import { ruleIds } from '../../content/contract/rules.ts';
import { type ErrorEntry, errors } from '../../playground-server/transport/errors.ts';
import { placeholders } from '../../src/reference/errors.ts';
import { statusHeading } from '../../src/reference/statuses.ts';
import { anchored, bare, textOf } from './reference-text.ts';

const table = Object.entries(errors) as [string, ErrorEntry][];

describe('reference/errors', () => {
  const shown = anchored('errors', 'h3');

  test('has every error once, and no other', () => {
    expect(shown.map(({ id }) => id).sort()).toEqual(table.map(([name]) => name).sort());
  });

  test.each(table)('%s stands there as it is sent', (name, entry) => {
    const html = shown.find(({ id }) => id === name)?.html ?? '';
    const text = textOf(html);
    expect(bare(text)).toContain(bare(entry.message));
    expect(text).toContain(`Status ${entry.status} Code ${entry.code} Rule ${entry.rule}`);
    expect(text.includes('Retry-After')).toBe(entry.retryAfterSeconds !== undefined);
    if (entry.retryAfterSeconds !== undefined) expect(text).toContain(`Retry-After ${entry.retryAfterSeconds} s`);
    if (entry.allow !== undefined) expect(text).toContain(`Allow ${entry.allow}`);
    expect(text.includes('Connection close')).toBe(entry.closesConnection === true);
    expect(html).toContain(`href="/reference/contract/#${entry.rule}"`);
  });

  test('every word in braces is explained, and none that no message has', () => {
    const used = table.flatMap(([, { message }]) => [...message.matchAll(/\{(\w+)\}/g)].map(([, word]) => word));
    expect(Object.keys(placeholders).sort()).toEqual([...new Set(used)].sort());
  });

  test('every error names a rule of the contract', () => {
    expect(table.filter(([, { rule }]) => !ruleIds.includes(rule)).map(([name]) => name)).toEqual([]);
  });
});

describe('reference/status-codes', () => {
  const shown = anchored('status-codes', 'h2').filter(({ id }) => /^\d{3}-/.test(id));
  const statuses = [...new Set(table.map(([, { status }]) => status))].sort();

  test('has every status of an error, and those without one, in order', () => {
    const headings = shown.map(({ html }) => textOf(/<h2[\s\S]*?<\/h2>/.exec(html)?.[0] ?? ''));
    expect(headings).toEqual([...new Set([200, 202, 204, ...statuses])].sort().map(statusHeading));
  });

  test.each(statuses)('%i says what to do, and has its errors and no others', (status) => {
    const html = shown.find(({ id }) => id.startsWith(`${status}-`))?.html ?? '';
    expect(textOf(html)).toContain('What to do:');
    const linked = [...html.matchAll(/href="\/reference\/errors\/#(\w+)"/g)].map(([, name]) => name);
    expect(linked).toEqual(table.filter(([, entry]) => entry.status === status).map(([name]) => name));
  });
});
