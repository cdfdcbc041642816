import fc from 'fast-check';
import { expect, test } from 'vitest';
import { classify, isRequestId, parseBody } from '../../playground-server/transport/json-rpc.ts';
import { runs } from './support/runs.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const params = fc.dictionary(fc.string(), fc.jsonValue() as fc.Arbitrary<never>);
const id = fc.oneof(fc.string(), fc.maxSafeInteger());
const noId = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  fc.double({ noInteger: true, noNaN: true }),
  fc.constant(2 ** 53),
  params,
  fc.array(id),
);
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });

/** As it comes off the wire: `undefined` members are absent. */
const wire = (value: object) => JSON.parse(JSON.stringify({ jsonrpc: '2.0', ...value }));

/** How deep arrays and objects stand inside one another. */
function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

test('[P4] a body is the JSON value that JSON.parse makes of it, or not JSON', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.json({ maxDepth: 10 }),
        fc.string(),
        fc.json().map((json) => json.slice(1)),
      ),
      (text) => {
        let expected: unknown;
        try {
          expected = { kind: 'json', value: JSON.parse(text) };
        } catch {
          expected = { kind: 'not-json' };
        }
        const parsed = parseBody(bytes(text), 1000);
        // A text that is no JSON may be nested without end: then that is what is said of it.
        if (parsed.kind !== 'too-deep') expect(parsed).toEqual(text.startsWith('\ufeff') ? parsed : expected);
      },
    ),
    { numRuns: runs(500) },
  );
});

test('[P4] depth is counted in arrays and objects, and never in what strings say', () => {
  const nested = fc.jsonValue({
    maxDepth: 8,
    depthSize: 'max',
    stringUnit: fc.constantFrom('[', '{', '"', '\\', 'x', ']') as never,
  });
  fc.assert(
    fc.property(nested, fc.integer({ min: 1, max: 8 }), (value, maxDepth) => {
      const { kind } = parseBody(bytes(JSON.stringify(value)), maxDepth);
      expect(kind).toBe(depthOf(value) > maxDepth ? 'too-deep' : 'json');
    }),
    { numRuns: runs(500) },
  );
});

test('[P4] bytes are UTF-8, or refused', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (input) => {
      const isUtf8 = Buffer.compare(Buffer.from(Buffer.from(input).toString('utf8')), input) === 0;
      expect(parseBody(input, 64).kind === 'not-utf8').toBe(!isUtf8);
    }),
    { numRuns: runs(500) },
  );
});

test('[P5] requests, notifications and responses are told apart, and handed on as they are', () => {
  const message = fc.oneof(
    fc.record({ method: fc.string(), id, params: optional(params) }).map((rest) => ['request', wire(rest)] as const),
    fc.record({ method: fc.string(), params: optional(params) }).map((rest) => ['notification', wire(rest)] as const),
    fc.record({ id, result: params }).map((rest) => ['response', wire(rest)] as const),
    fc
      .record({ id: optional(id), error: fc.record({ code: fc.maxSafeInteger(), message: fc.string() }) })
      .map((rest) => ['response', wire(rest)] as const),
  );
  fc.assert(
    fc.property(message, ([kind, value]) => {
      const classified = classify(value);
      expect(classified.kind).toBe(kind);
      expect('message' in classified && classified.message).toBe(value);
    }),
    { numRuns: runs(500) },
  );
});

test('[P5] one wrong member makes it invalid, and a usable id is kept', () => {
  const broken = fc.oneof(
    fc.record({ jsonrpc: fc.jsonValue().filter((value) => value !== '2.0'), method: fc.string(), id }),
    fc.record({ method: fc.jsonValue().filter((value) => typeof value !== 'string'), id }),
    fc.record({ method: fc.string(), id, params: fc.oneof(fc.constant(null), fc.array(fc.jsonValue()), fc.string()) }),
    fc.record({ method: fc.string(), id: noId }),
    fc.record({ id, result: params, error: fc.record({ code: fc.constant(1), message: fc.string() }) }),
    fc.record({ id, result: fc.oneof(fc.constant(null), fc.string(), fc.array(fc.jsonValue())) }),
    fc.record({ id: noId, result: params }),
    fc.record({ id, error: fc.record({ code: fc.string(), message: fc.string() }) }),
    fc.record({ id, error: fc.record({ code: fc.constant(1), message: fc.constant(1) }) }),
    fc.record({ id }),
  );
  fc.assert(
    fc.property(broken, (rest) => {
      const value = wire(rest);
      const classified = classify(value);
      expect(classified).toMatchObject({ kind: 'invalid', why: expect.stringMatching(/./) });
      expect('id' in classified ? classified.id : undefined).toBe(isRequestId(value.id) ? value.id : undefined);
    }),
    { numRuns: runs(500) },
  );
});

test('[P5] any JSON value at all is classified without throwing; an array is an array', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const { kind } = classify(value);
      if (Array.isArray(value)) expect(kind).toBe('array');
      else if (typeof value !== 'object' || value === null) expect(kind).toBe('invalid');
    }),
    { numRuns: runs(300) },
  );
});
