/**
 * A form for the arguments of a tool, from the JSON schema that the tool itself declares. What the form cannot say in
 * fields of its own - objects, lists, alternatives - is written as JSON.
 */

import type { JsonObject, JsonValue } from '../../../playground-server/transport/json-rpc.ts';
import { isObject } from './tools.ts';

export interface Field {
  name: string;
  kind: 'text' | 'integer' | 'number' | 'boolean' | 'choice' | 'json';
  required: boolean;
  description: string;
  /** What stands in the field at first. `true` and `false` are written as words. */
  initial: string;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  choices: readonly JsonValue[];
}

/** One field for each property of the schema, in its order. */
export function fieldsOf(schema: JsonObject): Field[] {
  const properties = isObject(schema.properties) ? schema.properties : {};
  const required = new Set(Array.isArray(schema.required) ? schema.required : []);
  return Object.entries(properties).map(([name, property]) => {
    const declared = isObject(property) ? property : {};
    const choices = Array.isArray(declared.enum) ? declared.enum : [];
    const kind = kindOf(declared);
    const field: Field = {
      name,
      kind,
      required: required.has(name),
      description: typeof declared.description === 'string' ? declared.description : '',
      initial: initialOf(declared.default, kind),
      choices,
    };
    for (const bound of ['minimum', 'maximum', 'minLength', 'maxLength'] as const) {
      const value = declared[bound];
      if (typeof value === 'number') field[bound] = value;
    }
    return field;
  });
}

function kindOf({ type, enum: choices }: JsonObject): Field['kind'] {
  if (Array.isArray(choices)) return 'choice';
  if (type === 'integer' || type === 'number' || type === 'boolean') return type;
  return type === 'string' ? 'text' : 'json';
}

function initialOf(value: JsonValue | undefined, kind: Field['kind']): string {
  if (value === undefined) return kind === 'boolean' ? 'false' : '';
  return typeof value === 'string' && kind !== 'json' ? value : JSON.stringify(value);
}

export type FormOutcome = { args: JsonObject } | { faults: Readonly<Record<string, string>> };

/** The arguments that were written, or what is wrong with them, by field. A field left empty is left out. */
export function readForm(fields: readonly Field[], values: Readonly<Record<string, string>>): FormOutcome {
  const args: JsonObject = {};
  const faults: Record<string, string> = {};
  for (const field of fields) {
    const text = values[field.name] ?? field.initial;
    if (text === '' && !(field.kind === 'text' && field.required)) {
      if (field.required) faults[field.name] = 'A value is needed.';
      continue;
    }
    const read = readValue(field, text);
    if ('fault' in read) faults[field.name] = read.fault;
    else args[field.name] = read.value;
  }
  return Object.keys(faults).length > 0 ? { faults } : { args };
}

function readValue(field: Field, text: string): { value: JsonValue } | { fault: string } {
  switch (field.kind) {
    case 'text':
      return readText(field, text);
    case 'integer':
    case 'number':
      return readNumber(field, text);
    case 'boolean':
      return { value: text === 'true' };
    case 'choice': {
      const choice = field.choices.find((one) => choiceText(one) === text);
      return choice === undefined ? { fault: 'Choose one of the list.' } : { value: choice };
    }
    case 'json':
      try {
        return { value: JSON.parse(text) as JsonValue };
      } catch {
        return { fault: 'This is not JSON.' };
      }
  }
}

/** A choice as it stands in the list. */
export function choiceText(choice: JsonValue): string {
  return typeof choice === 'string' ? choice : JSON.stringify(choice);
}

function readText({ minLength = 0, maxLength = Number.POSITIVE_INFINITY }: Field, text: string) {
  // JSON Schema counts characters, which JavaScript's `length` does not (2020-12, Validation, 6.3.1).
  const length = [...text].length;
  if (length === 0 && minLength > 0) return { fault: 'A value is needed.' };
  if (length < minLength) return { fault: `At least ${minLength} characters.` };
  if (length > maxLength) return { fault: `At most ${maxLength} characters; these are ${length}.` };
  return { value: text };
}

function readNumber({ kind, minimum, maximum }: Field, text: string) {
  const value = Number(text);
  if (!Number.isFinite(value)) return { fault: 'A number is needed.' };
  if (kind === 'integer' && !Number.isSafeInteger(value)) return { fault: 'A whole number is needed.' };
  const low = minimum !== undefined && value < minimum;
  const high = maximum !== undefined && value > maximum;
  if (!low && !high) return { value };
  if (minimum !== undefined && maximum !== undefined) return { fault: `From ${minimum} to ${maximum}.` };
  return { fault: low ? `At least ${minimum}.` : `At most ${maximum}.` };
}
