import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { HeaderParameter, JsonValue } from '../../playground-server/transport/index.ts';
import { parameterHeadersObjection } from '../../playground-server/transport/modern/header-parameters.ts';
import { decodeHeaderValue, standardHeadersObjection } from '../../playground-server/transport/modern/headers.ts';
import { runs } from './support/runs.ts';

/** Whatever UTF-8 can carry: no lone surrogates. */
const text = fc.string({ unit: 'binary' });
const visible = fc.string({ unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)) });
const space = fc.string({ unit: fc.constantFrom(' ', '\t'), maxLength: 3 });
const base64 = (value: string | Uint8Array) => Buffer.from(value as Uint8Array).toString('base64');
const sentinel = (encoded: string) => `=?base64?${encoded}?=`;
const isSentinel = (value: string) => /^=\?base64\?.*\?=$/s.test(value);

test('[M5] [M6] any text comes back from its encoding, whatever white space stands around it', () => {
  fc.assert(
    fc.property(text, space, space, (value, before, after) => {
      expect(decodeHeaderValue(`${before}${sentinel(base64(value))}${after}`)).toBe(value);
    }),
    { numRuns: runs(1000) },
  );
});

test('[M5] [M6] visible ASCII that is no sentinel stands for itself', () => {
  fc.assert(
    fc.property(visible, space, space, (value, before, after) => {
      fc.pre(!isSentinel(value.trim()));
      expect(decodeHeaderValue(`${before}${value}${after}`)).toBe(value.trim());
    }),
    { numRuns: runs(1000) },
  );
});

test('[M5] [M6] what is between the marks is strict base64 of UTF-8, or it is refused', () => {
  const alphabet = fc.constantFrom(...'ABgw+/=- \n\u00e9!09');
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: alphabet, maxLength: 12 }), fc.uint8Array().map(base64)), (encoded) => {
      const bytes = Buffer.from(encoded, 'base64');
      const decodable = base64(bytes) === encoded && Buffer.from(bytes.toString('utf8'), 'utf8').equals(bytes);
      expect(decodeHeaderValue(sentinel(encoded))).toBe(decodable ? bytes.toString('utf8') : undefined);
    }),
    { numRuns: runs(2000) },
  );
});

test('[M5] [M6] a character that no header may hold is refused wherever it stands', () => {
  const forbidden = fc.oneof(fc.integer({ min: 0, max: 0x1f }), fc.integer({ min: 0x7f, max: 0xffff }));
  fc.assert(
    fc.property(visible, forbidden, visible, (before, code, after) => {
      fc.pre(code !== 0x09);
      expect(decodeHeaderValue(`${before}${String.fromCharCode(code)}${after}`)).toBeUndefined();
    }),
    { numRuns: runs(1000) },
  );
});

test('[M5] Mcp-Name passes exactly when it decodes to the name', () => {
  const header = fc.oneof(
    visible,
    text.map((value) => sentinel(base64(value))),
  );
  fc.assert(
    fc.property(fc.oneof(text, visible), fc.option(header, { nil: undefined }), (name, other) => {
      const request = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name } } as const;
      const objection = (value: string) =>
        standardHeadersObjection(request, (key) => (key === 'mcp-method' ? 'tools/call' : value));
      expect(objection(sentinel(base64(name)))).toBeUndefined();
      if (other !== undefined) expect(objection(other) === undefined).toBe(decodeHeaderValue(other) === name);
    }),
    { numRuns: runs(1000) },
  );
});

const passes = (type: HeaderParameter['type'], value: JsonValue, header: string | undefined) =>
  parameterHeadersObjection([{ name: 'A', path: ['a'], type }], { a: value }, () => header) === undefined;

test('[M6] integers compare as numbers, and no two of them are taken for one another', () => {
  const zeros = fc.string({ unit: fc.constant('0'), maxLength: 3 });
  fc.assert(
    fc.property(fc.maxSafeInteger(), fc.maxSafeInteger(), zeros, (value, other, tail) => {
      expect(passes('integer', value, `${value}${tail && `.${tail}`}`)).toBe(true);
      expect(passes('integer', value, sentinel(base64(String(value))))).toBe(true);
      expect(passes('integer', value, String(other))).toBe(value === other);
      expect(passes('integer', value, `${value}.${tail}1`)).toBe(false);
    }),
    { numRuns: runs(500) },
  );
});

test('[M6] text compares exactly, booleans are true or false in lower case, and null has no header', () => {
  const headers = fc.option(fc.oneof(visible, fc.constantFrom('true', 'false', 'TRUE', '1', 'null')), {
    nil: undefined,
  });
  fc.assert(
    fc.property(text, fc.boolean(), headers, (value, flag, header) => {
      expect(passes('string', value, sentinel(base64(value)))).toBe(true);
      expect(passes('boolean', flag, String(flag))).toBe(true);
      const decoded = header === undefined ? undefined : decodeHeaderValue(header);
      expect(passes('string', value, header)).toBe(decoded === value);
      expect(passes('boolean', flag, header)).toBe(decoded === String(flag));
      expect(passes('string', null, header)).toBe(header === undefined);
    }),
    { numRuns: runs(500) },
  );
});
