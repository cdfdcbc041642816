import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  accepts,
  isHostAllowed,
  isJson,
  isOriginAllowed,
  isSameOrigin,
  parseHost,
  remembered,
} from '../../playground-server/transport/guards.ts';
import { runs } from './support/runs.ts';

const name = fc.oneof(
  fc.domain(),
  fc.ipV4(),
  fc.ipV6().map((address) => `[${address}]`),
  fc.constant('localhost'),
);
const port = fc.option(fc.integer({ min: 1, max: 65_535 }), { nil: undefined });
const scheme = fc.constantFrom('http', 'https');
const defaultPort = { http: 80, https: 443 };
const anyCase = (text: string) => fc.mixedCase(fc.constant(text));
const withPort = (host: string, number: number | undefined) => (number === undefined ? host : `${host}:${number}`);
const junk = fc.oneof(
  fc.string(),
  fc.string({ unit: fc.constantFrom('a', '.', ':', '[', ']', '/', '@', '8', ' ', ',') }),
);

test('[G1] [O1] a host is allowed by its name on any port and in any case, and by name and port', () => {
  const given = fc
    .tuple(name, port)
    .chain(([host, number]) => fc.tuple(fc.constant(host), fc.constant(number), anyCase(withPort(host, number))));
  fc.assert(
    fc.property(given, name, port, ([host, number, sent], other, otherPort) => {
      expect(parseHost(sent)).toEqual({ name: host.toLowerCase(), port: number?.toString() ?? '' });
      expect(isHostAllowed(sent, [host.toUpperCase()])).toBe(true);
      expect(isHostAllowed(sent, [withPort(host, number)])).toBe(true);
      if (otherPort !== undefined) expect(isHostAllowed(sent, [withPort(host, otherPort)])).toBe(number === otherPort);
      expect(isHostAllowed(sent, [other])).toBe(other.toLowerCase() === host.toLowerCase());
      expect(isHostAllowed(sent, [])).toBe(false);
    }),
    { numRuns: runs(500) },
  );
});

test('[G1] junk is refused or is a host that the URL standard would read alike', () => {
  fc.assert(
    fc.property(junk, (text) => {
      const host = parseHost(text);
      expect(isHostAllowed(text, ['localhost', '127.0.0.1', '[::1]'])).toBe(
        host !== undefined && ['localhost', '127.0.0.1', '[::1]'].includes(host.name),
      );
      if (host)
        expect(withPort(host.name, host.port === '' ? undefined : (host.port as never))).toBe(text.toLowerCase());
      if (host) expect(host.name).not.toMatch(/[\s/?#@\\,]/);
    }),
    { numRuns: runs(1000) },
  );
});

test('[G2] an origin is the same when the URL standard says that its host and port are', () => {
  fc.assert(
    fc.property(scheme, name, port, name, port, (protocol, from, fromPort, to, toPort) => {
      const expected =
        from.toLowerCase() === to.toLowerCase() &&
        (fromPort ?? defaultPort[protocol]) === (toPort ?? defaultPort[protocol]);
      expect(isSameOrigin(`${protocol}://${withPort(from, fromPort)}`, withPort(to, toPort))).toBe(expected);
      expect(isSameOrigin(`${protocol}://${withPort(from, fromPort)}`, withPort(from, fromPort))).toBe(true);
      expect(isSameOrigin(`${protocol}://${from}`, undefined)).toBe(false);
    }),
    { numRuns: runs(500) },
  );
});

test('[G2] [O1] an origin entry with a scheme fits itself alone, one without fits every scheme', () => {
  fc.assert(
    fc.property(scheme, name, port, scheme, (protocol, host, number, other) => {
      const origin = `${protocol}://${withPort(host, number)}`;
      expect(isOriginAllowed(origin, [origin.toUpperCase()])).toBe(true);
      expect(isOriginAllowed(origin, [`${other}://${withPort(host, number)}`])).toBe(other === protocol);
      expect(isOriginAllowed(origin, [host])).toBe(true);
      expect(isOriginAllowed(origin, [withPort(host, 9)])).toBe(number === 9);
      expect(isOriginAllowed(`${origin}/`, [origin, host])).toBe(false);
    }),
    { numRuns: runs(300) },
  );
});

test('[G2] junk is never an allowed origin', () => {
  fc.assert(
    fc.property(junk, (text) => {
      expect(isOriginAllowed(text, ['https://example.com', 'example.com'])).toBe(false);
      expect(isSameOrigin(text, 'localhost')).toBe(false);
    }),
    { numRuns: runs(500) },
  );
  // A scheme begins with a letter (RFC 3986, 3.1), and nothing comes before it.
  for (const start of ['1', ' ', '-']) expect(isSameOrigin(`${start}http://localhost`, 'localhost')).toBe(false);
});

const wanted = ['application/json', 'text/event-stream'] as const;
const range = fc.constantFrom(
  '*/*',
  'application/*',
  'text/*',
  'application/json',
  'text/event-stream',
  'text/html',
  'image/*',
);
const quality = fc.constantFrom(undefined, '0', '0.0', '0.000', '0.001', '0.5', '1', '1.000');
const entry = fc.record({ range, q: quality, cased: fc.boolean(), spaced: fc.boolean() });

test('[P1] Accept admits a type by its most specific range, unless that one has q=0', () => {
  fc.assert(
    fc.property(fc.uniqueArray(entry, { maxLength: 7, selector: (one) => one.range }), (entries) => {
      const header = entries
        .map(({ range: text, q, cased, spaced }) => {
          const shown = cased ? text.toUpperCase() : text;
          return q === undefined ? shown : spaced ? ` ${shown} ; Q=${q} ` : `${shown};q=${q}`;
        })
        .join(',');
      for (const type of wanted) {
        const family = `${type.split('/')[0]}/*`;
        const best = [type, family, '*/*'].map((one) => entries.find((given) => given.range === one)).find(Boolean);
        expect(accepts(header, type), header).toBe(
          best !== undefined && !(best.q !== undefined && Number(best.q) === 0),
        );
      }
    }),
    { numRuns: runs(1000) },
  );
});

test('[P1] of the same range twice, one without q=0 is enough; and q=0 is a parameter of that very name', () => {
  const type = 'application/json';
  for (const range of [type, 'application/*', '*/*']) {
    expect(accepts(`${range};q=0, ${range}`, type)).toBe(true);
    expect(accepts(`${range}, ${range};q=0`, type)).toBe(true);
    expect(accepts(`${range};q=0, ${range};q=0.0`, type)).toBe(false);
    for (const other of ['xq=0', 'qx=0', 'q=00', 'q=0.0000', 'q=0x'])
      expect(accepts(`${range};${other}`, type)).toBe(true);
  }
});

test('[P1] [P2] junk is decided without throwing, and absence admits nothing', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(typeof accepts(text, 'application/json')).toBe('boolean');
      expect(isJson(text)).toBe(text.split(';')[0]?.trim().toLowerCase() === 'application/json');
    }),
    { numRuns: runs(300) },
  );
  expect(accepts(undefined, 'application/json')).toBe(false);
  expect(isSameOrigin('http://undefined', undefined)).toBe(false);
  expect(isJson(undefined)).toBe(false);
});

test('[P1] a remembered verdict is the verdict, however many headers came before', () => {
  const verdict = remembered((header) => accepts(header, 'application/json'));
  const headers = Array.from({ length: 200 }, (_, i) => (i % 3 ? `a/${i}, application/json` : `a/${i}`));
  for (const header of [...headers, ...headers]) expect(verdict(header)).toBe(accepts(header, 'application/json'));
});
