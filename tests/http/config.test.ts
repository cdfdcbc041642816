import { describe, expect, test } from 'vitest';
import {
  ConfigError,
  configTable,
  configWarnings,
  flagName,
  labsByMemory,
  loadConfig,
} from '../../playground-server/config.ts';

const complaint = (env: Record<string, string>, flags: Record<string, string> = {}): string => {
  try {
    loadConfig(flags, env);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error('It was accepted.');
};

test('without anything set there are defaults', () => {
  const { labsMax, ...config } = loadConfig({}, {});
  expect(config).toEqual({
    port: 4321,
    host: '127.0.0.1',
    publicOrigin: undefined,
    trustProxy: 0,
    labsPerAddress: 2,
    labCreationsPerMinute: 10,
    labIdleTimeoutMs: 300_000,
    labMaxAgeMs: 1_800_000,
    redisUrl: undefined,
    metricsPort: undefined,
    logLevel: 'info',
  });
  expect(labsMax).toBeGreaterThanOrEqual(1);
});

test('the environment sets options, a flag goes before it, an empty variable counts as absent', () => {
  const config = loadConfig({ port: '3' }, { PORT: '2', HOST: '0.0.0.0', LABS_MAX: '7', LOG_LEVEL: '' });
  expect(config).toMatchObject({ port: 3, host: '0.0.0.0', labsMax: 7, logLevel: 'info' });
});

test('a bad value is refused with its name, the value and what is allowed; all of them at once', () => {
  expect(complaint({ PORT: '99999' })).toBe('PORT is "99999"; allowed: a whole number from 0 to 65535.');
  expect(complaint({}, { 'labs-max': '-1' })).toBe('--labs-max is "-1"; allowed: a whole number from 0 to 1000.');
  expect(complaint({ PORT: 'x', LOG_LEVEL: 'loud' }).split('\n')).toEqual([
    'PORT is "x"; allowed: a whole number from 0 to 65535.',
    'LOG_LEVEL is "loud"; allowed: trace, debug, info, warn, error, silent.',
  ]);
  expect(complaint({}, { prot: '1' })).toBe('--prot is not an option; see --help.');
});

test.each([
  'lab.example.com',
  'https://lab.example.com/',
  'https://lab.example.com/lab',
  'ftp://x',
  'HTTPS://x.example',
  '',
])('PUBLIC_ORIGIN %j is no origin', (text) => {
  if (text === '') expect(loadConfig({}, { PUBLIC_ORIGIN: text }).publicOrigin).toBeUndefined();
  else expect(complaint({ PUBLIC_ORIGIN: text })).toContain('such as https://lab.example.com');
});

test('each option is declared with everything that the reference page shows', () => {
  for (const option of Object.values(configTable)) {
    expect(option.about).toMatch(/\.$/);
    expect(option.allowed).not.toBe('');
    expect(flagName(option.env)).toMatch(/^[a-z-]+$/);
    // What is said to be the default is one.
    if (/^\d+$/.test(option.defaultText)) expect(String(option.fallback())).toBe(option.defaultText);
  }
});

describe('a host that others can reach', () => {
  test('warns when PUBLIC_ORIGIN is not set, and names it', () => {
    const warnings = configWarnings(loadConfig({}, { HOST: '0.0.0.0' }));
    expect(warnings.join()).toContain('Set PUBLIC_ORIGIN');
  });

  test('does not warn with PUBLIC_ORIGIN, nor on loopback', () => {
    expect(configWarnings(loadConfig({}, { HOST: '0.0.0.0', PUBLIC_ORIGIN: 'https://a.example' }))).toEqual([]);
    for (const host of ['127.0.0.1', '127.9.9.9', 'localhost', '::1']) {
      expect(configWarnings(loadConfig({}, { HOST: host }))).toEqual([]);
    }
  });
});

test('labs by memory: at least one, at most a hundred', () => {
  expect(labsByMemory(256 * 2 ** 20)).toBe(1);
  expect(labsByMemory(4 * 2 ** 30)).toBe(8);
  expect(labsByMemory(2 ** 40)).toBe(100);
});

test('a URL of Redis that is not one is complained about without saying it: it may hold a password', () => {
  const said = complaint({ REDIS_URL: 'http://user:hunter2@redis:6379' });
  expect(said).toContain('REDIS_URL is not one; allowed: a URL such as redis://localhost:6379');
  expect(said).not.toContain('hunter2');
  expect(loadConfig({}, { REDIS_URL: 'rediss://user:hunter2@redis:6379' }).redisUrl).toContain('hunter2');
});
