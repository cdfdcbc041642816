import { describe, expect, test } from 'vitest';
import { ruleIds } from '../../content/contract/rules.ts';
import { behaviour } from '../../playground-server/transport/backplane/behaviour.ts';
import { memory } from '../../playground-server/transport/index.ts';
import { casesOf, interfaceSource, interfacesOfPart, methodsOf } from '../../src/reference/backplane.ts';
import { readBuilt } from './built-site.ts';
import { anchored, bare, textOf } from './reference-text.ts';

const parts = Object.keys(behaviour);
const page = bare(textOf(readBuilt('/reference/backplane/index.html')));
const rows = anchored('backplane', 'tr');

describe('reading the interface', () => {
  test('finds every method that a store has', () => {
    const store = memory();
    const log = store.logs.open('s', '0', { maxEvents: 1, maxBytes: 1, maxSessionBytes: 1, maxAgeMs: 1 });
    const methodsIn = (object: object) =>
      Object.getOwnPropertyNames(Object.getPrototypeOf(object)).filter((name) => name !== 'constructor');
    for (const { name, methods } of parts.flatMap(interfacesOfPart)) {
      const object = {
        SessionStore: store.sessions,
        LogStore: store.logs,
        StreamLog: log,
        ClaimStore: store.claims,
        MessageBus: store.messages,
      }[name];
      expect(methodsIn(object as object)).toEqual(expect.arrayContaining(methods.map((method) => method.name)));
      expect(methods.length).toBe(interfaceMembers(name));
    }
  });

  test('takes comment, parameters and answer apart, and asks for a comment', () => {
    const text = [
      'export interface Store {',
      '  /**',
      '   * Reads `a`',
      '   * twice (rules B5, X1).',
      '   * @param name of it',
      '   * @returns ends it',
      '   */',
      '  read(name: string): Awaitable<Answer | null>;',
      '  /** Ends (rule B6) */',
      '  end(): void;',
      '}',
    ].join('\n');
    expect(methodsOf('Store', text)).toEqual([
      {
        name: 'read',
        signature: '(name: string): Answer | null',
        about: 'Reads `a` twice (B5, X1). `name` of it The answer ends it.',
      },
      { name: 'end', signature: '(): void', about: 'Ends (B6).' },
    ]);
    expect(() => methodsOf('Store', text.replace('/** Ends (rule B6) */', ''))).toThrow('Store.end has no comment');
    expect(() => methodsOf('Shop', text)).toThrow('no interface Shop');
  });
});

/** How many members an interface has, counted by its semicolons at the end of lines. */
function interfaceMembers(name: string): number {
  const body = new RegExp(`export interface ${name} \\{([\\s\\S]*?)\\n\\}`).exec(interfaceSource)?.[1] ?? '';
  return body.replace(/\/\*\*[\s\S]*?\*\//g, '').match(/;$/gm)?.length ?? 0;
}

describe('reference/backplane', () => {
  test('has every method of the interface once, with what its comment says', () => {
    const all = parts
      .flatMap(interfacesOfPart)
      .flatMap(({ name, methods }) => methods.map((method) => ({ id: `${name}.${method.name}`, method })));
    expect(rows.map(({ id }) => id)).toEqual(all.map(({ id }) => id));
    for (const [index, { method }] of all.entries()) {
      const text = bare(textOf(rows[index]?.html ?? ''));
      expect(text).toContain(bare(`${method.name}${method.signature}${method.about.replaceAll('`', '')}`));
    }
  });

  test.each(parts)('has every case that the suite has of %s, with its rules', (part) => {
    for (const { title, rules } of casesOf(part).flatMap(({ cases }) => cases)) {
      expect(page).toContain(bare(`${title}${rules.join(',')}`));
      expect(rules.filter((rule) => !ruleIds.includes(rule))).toEqual([]);
      expect(rules.length).toBeGreaterThan(0);
    }
    expect(casesOf(part).flatMap(({ cases }) => cases)).toHaveLength(behaviour[part as keyof typeof behaviour].length);
  });

  test('has the types as they are in the code', () => {
    expect(page).toContain(bare(interfaceSource));
  });
});
