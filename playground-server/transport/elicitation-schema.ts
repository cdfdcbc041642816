/**
 * The subset of JSON Schema that a form can ask for, and whether a form was filled in as it says: flat objects of
 * strings, numbers, booleans and choices (2026-07-28, Elicitation, Requested Schema). Pure functions of their input.
 */

import { isObject } from './json-rpc.ts';

type Schema = Record<string, unknown>;

const fieldTypes: readonly unknown[] = ['string', 'number', 'integer', 'boolean', 'array'];

/**
 * Holds a server to the subset, before a user is asked what could not be checked.
 * @throws TypeError naming what is not allowed
 */
export function assertForm(schema: unknown): asserts schema is Schema & { properties: Record<string, Schema> } {
  if (!isObject(schema) || schema.type !== 'object' || !isObject(schema.properties)) {
    throw new TypeError('requestedSchema must be an object with type "object" and properties.');
  }
  for (const [name, field] of Object.entries(schema.properties)) {
    if (!isObject(field) || !fieldTypes.includes(field.type)) {
      throw new TypeError(`requestedSchema.properties.${name} must have a type of ${fieldTypes.join(', ')}.`);
    }
    if (field.type === 'array' && !choicesOf(field.items)) {
      throw new TypeError(`requestedSchema.properties.${name}.items must list its choices in enum or anyOf.`);
    }
    if (typeof field.format === 'string' && !Object.hasOwn(formats, field.format)) {
      throw new TypeError(
        `requestedSchema.properties.${name}.format must be one of ${Object.keys(formats).join(', ')}.`,
      );
    }
  }
}

/**
 * Why `content` is not what the schema asks for, in words; `undefined` when it is. A property that nobody asked for is
 * refused, unless the schema's `additionalProperties` lets it in.
 * @throws TypeError when the schema is none that a form can show
 */
export function formProblem(schema: unknown, content: unknown): string | undefined {
  assertForm(schema);
  if (!isObject(content)) return '"content" must be an object';
  const { properties, required, additionalProperties } = schema;
  for (const name of Array.isArray(required) ? required : []) {
    if (!Object.hasOwn(content, name)) return `"content" lacks ${JSON.stringify(name)}`;
  }
  for (const [name, value] of Object.entries(content)) {
    const field = Object.hasOwn(properties, name) ? properties[name] : undefined;
    if (!field && !additionalProperties) return `"content" has ${JSON.stringify(name)}, which was not asked for`;
    const wanted = field && valueProblem(field, value);
    if (wanted) return `${JSON.stringify(name)} must be ${wanted}`;
  }
  return undefined;
}

/** What the value should have been, in words; `undefined` when it is that. */
function valueProblem(field: Schema, value: unknown): string | undefined {
  switch (field.type) {
    case 'string':
      return stringProblem(field, value);
    case 'boolean':
      return typeof value === 'boolean' ? undefined : 'true or false';
    case 'array':
      return selectionProblem(field, value);
    default:
      return numberProblem(field, value);
  }
}

function stringProblem(field: Schema, value: unknown): string | undefined {
  if (typeof value !== 'string') return 'a string';
  const choices = choicesOf(field);
  if (choices && !choices.includes(value)) return `one of ${choices.join(', ')}`;
  // JSON Schema counts characters as RFC 8259 does: by code points.
  const length = countCodePoints(value);
  if (isBelow(length, field.minLength)) return `at least ${field.minLength} characters long`;
  if (isAbove(length, field.maxLength)) return `at most ${field.maxLength} characters long`;
  const { format } = field;
  if (typeof format === 'string' && !formats[format]?.(value)) return `in the format ${format}`;
  return undefined;
}

function numberProblem(field: Schema, value: unknown): string | undefined {
  // JSON can hold 1e999, which JavaScript reads as Infinity.
  if (typeof value !== 'number' || !Number.isFinite(value)) return 'a number';
  if (field.type === 'integer' && !Number.isInteger(value)) return 'a whole number';
  if (isBelow(value, field.minimum)) return `at least ${field.minimum}`;
  if (isAbove(value, field.maximum)) return `at most ${field.maximum}`;
  return undefined;
}

function selectionProblem(field: Schema, value: unknown): string | undefined {
  const choices = choicesOf(field.items) ?? [];
  if (!Array.isArray(value) || !value.every((item) => choices.includes(item))) {
    return `an array of ${choices.join(', ')}`;
  }
  if (isBelow(value.length, field.minItems)) return `at least ${field.minItems} of the choices`;
  if (isAbove(value.length, field.maxItems)) return `at most ${field.maxItems} of the choices`;
  return undefined;
}

/** The values of a single choice (`enum`, `oneOf`) or a multiple one (`enum`, `anyOf`); `undefined` where all fit. */
function choicesOf(schema: unknown): unknown[] | undefined {
  if (!isObject(schema)) return undefined;
  if (Array.isArray(schema.enum)) return schema.enum;
  const titled = schema.oneOf ?? schema.anyOf;
  return Array.isArray(titled) ? titled.map((choice) => (isObject(choice) ? choice.const : undefined)) : undefined;
}

function isBelow(value: number, bound: unknown): boolean {
  return typeof bound === 'number' && value < bound;
}

function isAbove(value: number, bound: unknown): boolean {
  return typeof bound === 'number' && value > bound;
}

function countCodePoints(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

const formats: { readonly [format: string]: (text: string) => boolean } = {
  // As HTML's input of type email; the domain may be a name without a dot, such as localhost.
  email: (text) =>
    /^[^\s@]{1,64}@[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?(?:\.[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?)*$/i.test(text),
  // RFC 3986: a scheme, then visible ASCII without what must be percent-encoded.
  uri: (text) => /^[a-z][a-z\d+.-]*:[!-~]*$/i.test(text) && !/[<>"{}|\\^`]/.test(text) && URL.canParse(text),
  date: isDate,
  'date-time': isDateTime,
};

/** RFC 3339, full-date. */
function isDate(text: string): boolean {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return false;
  const date = new Date(`${text}T00:00:00Z`);
  // A day that the month does not have becomes one of the next month.
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}

/** RFC 3339, date-time: the second 60 exists, and so does a lower-case "t". */
function isDateTime(text: string): boolean {
  const match = /^(.{10})t(?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d+)?(?:z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/i.exec(
    text,
  );
  return match !== null && isDate(match[1] as string);
}
