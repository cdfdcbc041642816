import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { JsonObject, JsonValue } from '../../playground-server/transport/index.ts';
import {
  canonicalJson,
  digestOf,
  type RequestState,
  type StateBinding,
  StateSeal,
} from '../../playground-server/transport/modern/request-state.ts';
import { runs } from './support/runs.ts';

const json = fc.jsonValue() as fc.Arbitrary<JsonValue>;
const objects = fc.dictionary(fc.string(), json, { noNullPrototype: true }) as fc.Arbitrary<JsonObject>;
const keys = fc.uint8Array({ minLength: 32, maxLength: 32 });
const bindings: fc.Arbitrary<StateBinding> = fc.record({
  protocolVersion: fc.constantFrom('2026-07-28', '2027-01-01'),
  method: fc.constantFrom('tools/call', 'prompts/get', 'resources/read'),
  target: fc.option(fc.string()),
  digest: fc.base64String(),
  principal: fc.option(fc.string()),
  audience: fc.string(),
});
const states: fc.Arbitrary<RequestState> = fc.record(
  { id: fc.string(), expiresAt: fc.integer({ min: 1 }), once: fc.boolean(), state: json, answers: objects },
  { requiredKeys: ['id', 'expiresAt', 'once', 'answers'] },
);

/** As it is after its way over the wire: -0 becomes 0. */
const sent = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

test('[I2] [I3] what was sealed is opened as it was, under any of the keys, until it expires', async () => {
  await fc.assert(
    fc.asyncProperty(bindings, states, keys, keys, async (binding, state, first, second) => {
      const sealing = await StateSeal.with([first]);
      const opening = await StateSeal.with([second, first]);
      const text = await sealing.seal(binding, state);
      expect(text).toMatch(/^[\w.-]+$/);
      expect(await opening.open(binding, text, state.expiresAt - 1)).toEqual(sent({ ...binding, ...state }));
      expect(await opening.open(binding, text, state.expiresAt)).toBeUndefined();
    }),
    { numRuns: runs(100) },
  );
});

test('[I2] whatever character is changed, it does not open', async () => {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ é';
  const seal = await StateSeal.with([new Uint8Array(32).fill(7)]);
  await fc.assert(
    fc.asyncProperty(
      bindings,
      states,
      fc.nat(),
      fc.constantFrom(...alphabet),
      async (binding, state, at, character) => {
        const text = await seal.seal(binding, state);
        const position = at % text.length;
        fc.pre(text[position] !== character);
        const changed = text.slice(0, position) + character + text.slice(position + 1);
        expect(await seal.open(binding, changed, 0)).toBeUndefined();
      },
    ),
    { numRuns: runs(400) },
  );
});

const binding = { protocolVersion: 'v', method: 'm', target: 't', digest: 'd', principal: null, audience: 'a' };
const state = { id: 'i', expiresAt: 1, once: false, answers: {} };

// Of every three lengths two leave bits in the last character that hold nothing.
test.each(['i', 'ii', 'iii'])('[I2] every bit of every character of a state counts (%s)', async (id) => {
  const seal = await StateSeal.with([new Uint8Array(32).fill(7)]);
  const text = await seal.seal(binding, { ...state, id });
  expect(await seal.open(binding, text, 0)).toBeDefined();
  for (let at = 0; at < text.length; at++) {
    for (let bit = 0; bit < 7; bit++) {
      const changed = text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ (1 << bit)) + text.slice(at + 1);
      expect(await seal.open(binding, changed, 0), `character ${at}, bit ${bit}`).toBeUndefined();
    }
  }
});

test('[I2] the same content is never sealed to the same text', async () => {
  const seal = await StateSeal.with([new Uint8Array(32).fill(7)]);
  const sealed = (text: string) => text.split('.')[2]?.slice(0, 16);
  const nonces = await Promise.all(Array.from({ length: 500 }, async () => sealed(await seal.seal(binding, state))));
  expect(new Set(nonces).size).toBe(500);
});

test('[I2] it opens for the binding that it was sealed for, and for no other', async () => {
  const seal = await StateSeal.with([new Uint8Array(32).fill(7)]);
  await fc.assert(
    fc.asyncProperty(bindings, bindings, states, async (binding, other, state) => {
      const text = await seal.seal(binding, state);
      for (const field of Object.keys(binding) as (keyof StateBinding)[]) {
        const changed = { ...binding, [field]: other[field] };
        expect((await seal.open(changed, text, 0)) !== undefined, field).toBe(other[field] === binding[field]);
      }
    }),
    { numRuns: runs(100) },
  );
});

test('[I2] no text opens by chance', async () => {
  const seal = await StateSeal.with([new Uint8Array(32).fill(7)]);
  const [, id] = (await seal.seal(binding, state)).split('.');
  const texts = fc.oneof(
    fc.string(),
    fc.base64String().map((text) => `v1.${id}.${text}`),
    fc.string().map((text) => `v1.${id}.${text}`),
  );
  await fc.assert(
    fc.asyncProperty(texts, async (text) => {
      expect(await seal.open(binding, text, 0)).toBeUndefined();
    }),
    { numRuns: runs(300) },
  );
});

test('[I2] a digest is of the value, not of its spelling, and differs where the value does', async () => {
  const shuffled = (value: JsonValue): JsonValue => {
    if (Array.isArray(value)) return value.map(shuffled);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value)
        .reverse()
        .map(([name, member]) => [name, shuffled(member)]),
    );
  };
  await fc.assert(
    fc.asyncProperty(json, json, async (one, other) => {
      expect(JSON.parse(canonicalJson(one))).toEqual(sent(one));
      expect(await digestOf(shuffled(one))).toBe(await digestOf(one));
      const same = canonicalJson(sent(one)) === canonicalJson(sent(other));
      expect((await digestOf(one)) === (await digestOf(other))).toBe(same);
    }),
    { numRuns: runs(200) },
  );
});
