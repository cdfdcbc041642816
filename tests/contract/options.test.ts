import { expect, test } from 'vitest';
import {
  memory,
  optionTable,
  StreamableHttpTransport,
  type TransportOptions,
} from '../../playground-server/transport/index.ts';
import { testHandler } from './support/handler.ts';

const handler = testHandler();
const make = (options: object) => () => new StreamableHttpTransport({ handler, ...options } as TransportOptions);

const bad: [option: string, value: unknown, allowed: RegExp][] = [
  ['handler', {}, /describe and request/],
  ['handler', null, /describe and request/],
  ['handler', { describe: 'no function', request: () => ({}) }, /describe and request/],
  ['handler', { describe: () => ({}) }, /describe and request/],
  ['backplane', {}, /memory\(\)/],
  ['enableJsonResponse', 'yes', /true or false/],
  ['sessionIdGenerator', 'abc', /1 to 256 visible ASCII/],
  ['sessionIdleTimeoutMs', 0, /null for never/],
  ['sessionIdleTimeoutMs', 2 ** 31, /2147483647/],
  ['maxSessions', 0, /whole number above 0/],
  ['maxSessions', 1.5, /whole number above 0/],
  ['allowedHosts', 'localhost', /list of hosts/],
  ['allowedHosts', ['http://localhost'], /list of hosts/],
  ['allowedHosts', ['::1'], /list of hosts/],
  ['allowedOrigins', ['https://example.com/'], /list of origins/],
  ['allowedOrigins', [7], /list of origins/],
  ['enableDnsRebindingProtection', 1, /true or false/],
  ['maxRequestBytes', -1, /whole number above 0/],
  ['maxJsonDepth', Number.NaN, /whole number above 0/],
  ['bodyTimeoutMs', Number.POSITIVE_INFINITY, /milliseconds/],
  ['maxInFlight', '64', /whole number above 0/],
  ['maxStreams', 0, /whole number above 0/],
  ['maxBufferedBytes', 10n, /whole number above 0/],
  ['keepAliveMs', 0, /milliseconds/],
  ['retryInterval', -1, /milliseconds/],
  ['eventLog', { maxEvents: 0 }, /maxEvents, maxBytes, maxSessionBytes, maxAgeMs/],
  ['eventLog', { maxEvent: 1 }, /maxEvents, maxBytes/],
  ['eventLog', { toString: 1 }, /maxEvents, maxBytes/],
  ['eventLog', [], /maxEvents, maxBytes/],
  ['eventLog', false, /maxEvents, maxBytes/],
  ['duplicateRequestIds', 'refuse', /'serve' or 'reject'/],
  ['instanceHeader', 'two words', /header name/],
  ['instanceName', 'né', /visible ASCII/],
  ['trace', console, /a function/],
];

test.each(bad)(
  '[O1] a bad value for %s (%o) throws with the option, the value and what is allowed',
  (option, value, allowed) => {
    expect(make({ [option]: value })).toThrow(TypeError);
    expect(make({ [option]: value })).toThrow(new RegExp(`^Option ${option} is .+; allowed: .*${allowed.source}`, 's'));
  },
);

test('[O1] the message shows the value, also one that JSON cannot', () => {
  const cyclic: Record<string, unknown> = {};
  cyclic.self = cyclic;
  expect(make({ maxSessions: 'many' })).toThrow('Option maxSessions is "many"; allowed: a whole number above 0.');
  expect(make({ maxSessions: 1n })).toThrow('Option maxSessions is 1;');
  expect(make({ maxSessions: Symbol('s') })).toThrow('Option maxSessions is Symbol(s);');
  expect(make({ trace: cyclic })).toThrow('Option trace is');
  expect(make({ eventLog: { maxEvents: 1n } })).toThrow('Option eventLog is');
});

test('every option is refused with at least one bad value', () => {
  expect(new Set(bad.map(([option]) => option))).toEqual(new Set(Object.keys(optionTable)));
});

test('[O1] a handler is required', () => {
  expect(() => new StreamableHttpTransport({} as TransportOptions)).toThrow(/^Option handler is required/);
  expect(() => new StreamableHttpTransport(undefined as unknown as TransportOptions)).toThrow(/handler/);
});

test('[O1] the bounds themselves are allowed', () => {
  expect(
    make({
      sessionIdleTimeoutMs: null,
      eventLog: null,
      retryInterval: 0,
      keepAliveMs: 2 ** 31 - 1,
      maxSessions: 1,
      backplane: memory(),
      allowedHosts: ['localhost', '[::1]:8080', 'example.com:1'],
      allowedOrigins: ['https://example.com', 'example.com', 'vscode-webview://abc'],
      instanceHeader: 'Lab-Process',
      instanceName: 'p1',
      trace: null,
    }),
  ).not.toThrow();
  expect(make({ eventLog: { maxEvents: 1 } })).not.toThrow();
});

test('[O2] an option that does not exist throws with the nearest name', () => {
  expect(make({ sessionIdleTimeout: 1 })).toThrow(
    'Unknown option sessionIdleTimeout. Did you mean sessionIdleTimeoutMs?',
  );
  expect(make({ allowedhosts: [] })).toThrow('Unknown option allowedhosts. Did you mean allowedHosts?');
  expect(make({ stateless: true })).toThrow(/^Unknown option stateless\. /);
  expect(make({ toString: () => '' })).toThrow(/^Unknown option toString\. /);
});

test('[O2] options that contradict one another throw', () => {
  expect(make({ instanceHeader: 'Lab-Process' })).toThrow(/instanceHeader and instanceName/);
  expect(make({ instanceName: 'p1' })).toThrow(/instanceHeader and instanceName/);
});
