import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { wireEnvelope, wireEventsOf } from '../../src/reference/wire-events.ts';
import { anchored, textOf } from './reference-text.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

interface Declared {
  type: string;
  /** Names, with `?` where they may be left out. */
  fields: string[];
}

/** The members of a union of object types, as its file declares them. */
function declaredIn(file: string, union: string): Declared[] {
  const source = ts.createSourceFile(file, readFileSync(`${root}${file}`, 'utf8'), ts.ScriptTarget.Latest, true);
  const alias = source.statements.filter(ts.isTypeAliasDeclaration).find(({ name }) => name.text === union);
  if (!alias || !ts.isUnionTypeNode(alias.type)) throw new Error(`${file} declares no union ${union}`);
  return alias.type.types.filter(ts.isTypeLiteralNode).map((literal) => {
    const members = literal.members.filter(ts.isPropertySignature);
    const type = members.find(({ name }) => name.getText() === 'type')?.type?.getText() ?? '';
    const fields = members.filter(({ name }) => name.getText() !== 'type');
    return { type: type.replaceAll("'", ''), fields: fields.map(nameOf) };
  });
}

const nameOf = ({ name, questionToken }: ts.PropertySignature): string =>
  `${name.getText()}${questionToken ? '?' : ''}`;

const wire = 'playground-server/lab/wire.ts';
const declared = {
  router: declaredIn(wire, 'RouterEvent'),
  supervisor: declaredIn(wire, 'SupervisorEvent'),
  transport: declaredIn('playground-server/transport/trace.ts', 'TraceEvent'),
  store: declaredIn(wire, 'StoreEvent'),
};
const listed = (source: string): Declared[] =>
  wireEventsOf(source).map(({ type, fields }) => ({
    type,
    fields: fields.map(({ name, optional }) => `${name}${optional ? '?' : ''}`),
  }));
const byType = (a: Declared, b: Declared): number => a.type.localeCompare(b.type);
const sorted = (events: Declared[]): Declared[] =>
  events.map(({ type, fields }) => ({ type, fields: fields.toSorted() })).sort(byType);

describe.each(Object.entries(declared))('the events of the %s', (source, events) => {
  test('are those that the types declare, with their fields', () => {
    expect(events.length).toBeGreaterThan(1);
    expect(sorted(listed(source))).toEqual(sorted(events));
  });
});

test('what every event has beside its body is what the type declares', () => {
  const source = ts.createSourceFile(wire, readFileSync(`${root}${wire}`, 'utf8'), ts.ScriptTarget.Latest, true);
  const event = source.statements.filter(ts.isInterfaceDeclaration).find(({ name }) => name.text === 'WireEvent');
  const names = event?.members.filter(ts.isPropertySignature).map(nameOf);
  expect(wireEnvelope.map(({ name, optional }) => `${name}${optional ? '?' : ''}`)).toEqual(names);
});

describe('the page', () => {
  const shown = anchored('wire-events', 'h3');
  const types = Object.values(declared).flatMap((events) => events.map(({ type }) => type));

  test('has every event once', () => {
    expect(shown.map(({ id }) => id).sort()).toEqual(types.toSorted());
  });

  test.each(types)('%s stands there with its fields', (type) => {
    const text = textOf(shown.find(({ id }) => id === type)?.html ?? '');
    const { fields } = Object.keys(declared)
      .flatMap(wireEventsOf)
      .find((event) => event.type === type) ?? { fields: [] };
    for (const { name, is } of fields) {
      expect(text).toContain(`${name} `);
      expect(text).toContain(is);
    }
  });
});

test('every event of every recording has the fields that are listed, and no other', () => {
  const known = new Map(
    Object.keys(declared)
      .flatMap(wireEventsOf)
      .map(({ type, fields }) => [type as string, fields]),
  );
  const envelope = new Set(wireEnvelope.map(({ name }) => name));
  for (const file of readdirSync(`${root}content/recordings`)) {
    const { events } = JSON.parse(readFileSync(`${root}content/recordings/${file}`, 'utf8')) as {
      events: { body: { type: string } }[];
    };
    for (const event of events) {
      expect(Object.keys(event).filter((name) => !envelope.has(name))).toEqual([]);
      const { type, ...rest } = event.body;
      const fields = known.get(type) ?? [];
      const names = fields.map(({ name }) => name);
      const required = fields.filter(({ optional }) => !optional).map(({ name }) => name);
      expect(
        Object.keys(rest).filter((name) => !names.includes(name)),
        `${file}: ${type}`,
      ).toEqual([]);
      expect(
        required.filter((name) => !(name in rest)),
        `${file}: ${type}`,
      ).toEqual([]);
    }
  }
});
