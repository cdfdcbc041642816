import { expect, test } from 'vitest';
import {
  memory,
  optionTable,
  StreamableHttpTransport,
  type TransportOptions,
} from '../../playground-server/transport/index.ts';
import { resolveOptions } from '../../playground-server/transport/resolve-options.ts';
import { testHandler } from './support/handler.ts';

const handler = testHandler();
const make = (options: object) => () => new StreamableHttpTransport({ handler, ...options } as TransportOptions);

const bad: [option: string, value: unknown, allowed: RegExp][] = [
  ['handler', {}, /describe and request/],
  ['handler', null, /describe and request/],
  ['handler', { describe: 'no function', request: () => ({}) }, /describe and request/],
  ['handler', { describe: () => ({}) }, /describe and request/],
  ['backplane', {}, /memory\(\)/],
  ['backplane', { sessions: {}, logs: {} }, /memory\(\)/],
  ['backplane', null, /memory\(\)/],
  ['backplane', 'memory', /memory\(\)/],
  ['handler', 'handler', /describe and request/],
  ['stateless', 'yes', /true or false/],
  ['stateless', null, /true or false/],
  ['enableJsonResponse', 'yes', /true or false/],
  ['sessionIdGenerator', 'abc', /1 to 256 visible ASCII/],
  ['sessionIdleTimeoutMs', 0, /null for never/],
  ['sessionIdleTimeoutMs', 2 ** 31, /2147483647/],
  ['maxSessions', 0, /whole number above 0/],
  ['maxSessions', 1.5, /whole number above 0/],
  ['maxSessionsPerPrincipal', 0, /whole number above 0, or null for no bound/],
  ['allowedHosts', 'localhost', /list of hosts/],
  ['allowedHosts', ['http://localhost'], /list of hosts/],
  ['allowedHosts', ['::1'], /list of hosts/],
  ['allowedOrigins', ['https://example.com/'], /list of origins/],
  ['allowedHosts', ['localhost', 7], /list of hosts/],
  ['allowedHosts', ['localhost', 'a b'], /list of hosts/],
  ['allowedOrigins', [7], /list of origins/],
  ['allowedOrigins', ['https://example.com', 'a b'], /list of origins/],
  ['allowedOrigins', ['in https://example.com'], /list of origins/],
  ['enableDnsRebindingProtection', 1, /true or false/],
  ['authorizeSession', true, /a function \(session, request\)/],
  ['principal', 'alice', /a function \(request\) that returns a name, null or \{ unauthorized \}/],
  ['maxRequestBytes', -1, /whole number above 0/],
  ['maxJsonDepth', Number.NaN, /whole number above 0/],
  ['maxBatch', 0, /whole number above 0/],
  ['bodyTimeoutMs', Number.POSITIVE_INFINITY, /milliseconds/],
  ['maxInFlight', '64', /whole number above 0/],
  ['maxStreams', 0, /whole number above 0/],
  ['maxListenStreams', 0.5, /whole number above 0/],
  ['maxListenPerPrincipal', -1, /whole number above 0, or null for no bound/],
  ['maxBufferedBytes', 10n, /whole number above 0/],
  ['keepAliveMs', 0, /milliseconds/],
  ['retryInterval', -1, /milliseconds/],
  ['eventLog', { maxEvents: 0 }, /maxEvents, maxBytes, maxSessionBytes, maxAgeMs/],
  ['eventLog', { maxEvent: 1 }, /maxEvents, maxBytes/],
  ['eventLog', { toString: 1 }, /maxEvents, maxBytes/],
  ['eventLog', [], /maxEvents, maxBytes/],
  ['eventLog', false, /maxEvents, maxBytes/],
  ['clientRequestTimeoutMs', 0, /milliseconds/],
  ['requestStateKeys', [], /at least one Uint8Array of 32 bytes/],
  ['requestStateKeys', [new Uint8Array(31)], /at least one Uint8Array of 32 bytes/],
  ['requestStateKeys', [new Uint8Array(32), new Uint8Array(31)], /at least one Uint8Array of 32 bytes/],
  ['requestStateKeys', new Uint8Array(32), /at least one Uint8Array of 32 bytes/],
  ['requestStateTtlMs', 2 ** 31, /2147483647/],
  ['duplicateRequestIds', 'refuse', /'serve' or 'reject'/],
  ['instanceHeader', 'two words', /header name/],
  ['instanceHeader', 7, /header name/],
  ['instanceName', 'né', /visible ASCII/],
  ['instanceName', 'two words', /visible ASCII/],
  ['instanceName', 7, /visible ASCII/],
  ['trace', console, /a function/],
];

test.each(bad)(
  '[O1] a bad value for %s (%o) throws with the option, the value and what is allowed',
  (option, value, allowed) => {
    expect(make({ [option]: value })).toThrow(TypeError);
    expect(make({ [option]: value })).toThrow(new RegExp(`^Option ${option} is .+; allowed: .*${allowed.source}`, 's'));
  },
);

test('options that may be left out may be null as well', () => {
  const absent = { instanceHeader: null, instanceName: null, authorizeSession: null, principal: null, trace: null };
  expect(make(absent)).not.toThrow();
});

test('[O1] the message shows the value, also one that JSON cannot', () => {
  const cyclic: Record<string, unknown> = {};
  cyclic.self = cyclic;
  expect(make({ maxSessions: 'many' })).toThrow('Option maxSessions is "many"; allowed: a whole number above 0.');
  expect(make({ maxSessions: 1n })).toThrow('Option maxSessions is 1;');
  expect(make({ maxSessions: Symbol('s') })).toThrow('Option maxSessions is Symbol(s);');
  expect(make({ maxSessions: Number.NaN })).toThrow('Option maxSessions is NaN;');
  expect(make({ maxSessions: () => 1 })).toThrow('Option maxSessions is a function;');
  expect(make({ trace: cyclic })).toThrow('Option trace is an object;');
  expect(make({ eventLog: { maxEvents: 1n } })).toThrow('Option eventLog is an object;');
});

test('[O1] what is shown of requestStateKeys is never a key', () => {
  const secret = 'a passphrase where bytes should be';
  expect(make({ requestStateKeys: secret })).toThrow('Option requestStateKeys is string; allowed: a list of');
  expect(make({ requestStateKeys: [secret, secret] })).toThrow('Option requestStateKeys is a list of 2; allowed:');
  expect(make({ requestStateKeys: { secret } })).toThrow('Option requestStateKeys is object; allowed:');
});

test('every option is refused with at least one bad value', () => {
  expect(new Set(bad.map(([option]) => option))).toEqual(new Set(Object.keys(optionTable)));
});

test('[O1] what is not given has the default that the table of options names', () => {
  const resolved = resolveOptions({ handler });
  const { handler: _, backplane, sessionIdGenerator, requestStateKeys, ...rest } = resolved;
  expect(rest).toEqual({
    stateless: false,
    enableJsonResponse: false,
    sessionIdleTimeoutMs: 30 * 60_000,
    maxSessions: 10_000,
    maxSessionsPerPrincipal: null,
    allowedHosts: ['localhost', '127.0.0.1', '[::1]'],
    allowedOrigins: [],
    enableDnsRebindingProtection: true,
    authorizeSession: null,
    principal: null,
    maxRequestBytes: 4 * 1024 * 1024,
    maxJsonDepth: 64,
    maxBatch: 100,
    bodyTimeoutMs: 30_000,
    maxInFlight: 64,
    maxStreams: 10_000,
    maxListenStreams: 1_000,
    maxListenPerPrincipal: null,
    maxBufferedBytes: 1024 * 1024,
    keepAliveMs: 15_000,
    retryInterval: 1_000,
    eventLog: { maxEvents: 256, maxBytes: 1024 * 1024, maxSessionBytes: 4 * 1024 * 1024, maxAgeMs: 5 * 60_000 },
    clientRequestTimeoutMs: 10 * 60_000,
    requestStateTtlMs: 10 * 60_000,
    duplicateRequestIds: 'serve',
    instanceHeader: null,
    instanceName: null,
    trace: null,
  });
  expect(Object.keys(backplane)).toEqual(Object.keys(memory()));
  expect(sessionIdGenerator()).toMatch(/^[\x21-\x7e]{22,}$/);
  // Nobody shares them unless told to.
  const other = resolveOptions({ handler });
  expect(requestStateKeys.map(({ length }) => length)).toEqual([32]);
  expect(requestStateKeys).not.toEqual(other.requestStateKeys);
  expect(backplane).not.toBe(other.backplane);
  expect(sessionIdGenerator()).not.toBe(sessionIdGenerator());
});

test('[O1] of an eventLog that names some bounds the others have their defaults', () => {
  const { eventLog } = resolveOptions({ handler, eventLog: { maxEvents: 3 } });
  expect(eventLog).toEqual({ ...resolveOptions({ handler }).eventLog, maxEvents: 3 });
  expect(eventLog?.maxBytes).toBe(1024 * 1024);
});

test('[O1] [E1] with stateless there is no eventLog, whatever is given: nobody could come back for it', () => {
  expect(resolveOptions({ handler, stateless: true }).eventLog).toBeNull();
  expect(resolveOptions({ handler, stateless: true, eventLog: { maxEvents: 3 } }).eventLog).toBeNull();
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
      maxSessionsPerPrincipal: 1,
      maxListenPerPrincipal: 1,
      principal: () => 'me',
      authorizeSession: null,
      requestStateKeys: [new Uint8Array(32), new Uint8Array(32)],
      clientRequestTimeoutMs: 1,
      backplane: memory(),
      allowedHosts: ['localhost', '[::1]:8080', 'example.com:1'],
      allowedOrigins: ['https://example.com', 'example.com', 'vscode-webview://abc'],
      instanceHeader: 'Lab-Process',
      instanceName: 'p1',
      trace: null,
    }),
  ).not.toThrow();
  expect(make({ eventLog: { maxEvents: 1 } })).not.toThrow();
  for (const duplicateRequestIds of ['serve', 'reject']) expect(make({ duplicateRequestIds })).not.toThrow();
});

test('[O2] an option that does not exist throws with the nearest name', () => {
  expect(make({ sessionIdleTimeout: 1 })).toThrow(
    'Unknown option sessionIdleTimeout. Did you mean sessionIdleTimeoutMs?',
  );
  expect(make({ allowedhosts: [] })).toThrow('Unknown option allowedhosts. Did you mean allowedHosts?');
  expect(make({ trade: null })).toThrow('Unknown option trade. Did you mean trace?');
  expect(make({ maxStream: 1 })).toThrow('Unknown option maxStream. Did you mean maxStreams?');
  expect(make({ timeoutMs: 1 })).toThrow('Unknown option timeoutMs. Did you mean bodyTimeoutMs?');
  expect(make({ stateles: true })).toThrow('Unknown option stateles. Did you mean stateless?');
  expect(make({ toString: () => '' })).toThrow(/^Unknown option toString\. /);
});

test('[O2] options that contradict one another throw', () => {
  expect(make({ instanceHeader: 'Lab-Process' })).toThrow(/instanceHeader and instanceName/);
  expect(make({ instanceName: 'p1' })).toThrow(/instanceHeader and instanceName/);
  for (const sessionIdleTimeoutMs of [60_000, null]) {
    expect(make({ stateless: true, sessionIdleTimeoutMs })).toThrow(
      'Option sessionIdleTimeoutMs has no meaning with stateless: there is no session to expire.',
    );
  }
  expect(make({ stateless: false, sessionIdleTimeoutMs: 60_000 })).not.toThrow();
  expect(make({ stateless: true })).not.toThrow();
  for (const option of ['maxSessionsPerPrincipal', 'maxListenPerPrincipal']) {
    expect(make({ [option]: 1 })).toThrow(new RegExp(`${option}.* need the option principal`));
    expect(make({ [option]: 1, principal: null })).toThrow(/need the option principal/);
  }
});
