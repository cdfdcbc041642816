/**
 * The server's configuration: declared once, with what each option does, and checked before anything starts.
 *
 * The only reader of `process.env`. An option is an environment variable (`LABS_MAX`) or a flag (`--labs-max`); the
 * flag wins. The reference page and `--help` are made from this table.
 */

import { totalmem } from 'node:os';
import { z } from 'zod';
import { mostProcesses } from './lab/deployments.ts';

interface OptionEntry<T> {
  readonly env: string;
  readonly fallback: () => T;
  /** The default in words; empty when there is none. */
  readonly defaultText: string;
  /** What is allowed, in words, as it stands in the error. */
  readonly allowed: string;
  readonly about: string;
  /** It may hold a password, and is said nowhere. */
  readonly isSecret?: true;
  /** From the text that was given. */
  readonly schema: z.ZodType<T>;
}

const wholeNumber = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,10}$/)
    .transform(Number)
    .refine((value) => value >= min && value <= max);

const webOrigin = z.string().refine((text) => {
  const url = URL.parse(text);
  return url !== null && (url.protocol === 'http:' || url.protocol === 'https:') && url.origin === text;
});

const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevelName = (typeof logLevels)[number];

/** Two thousand million milliseconds are 23 days; Node's timers hold little more. */
const longestMs = 2_000_000_000;

const entry = <T>(option: OptionEntry<T>): OptionEntry<T> => option;

export const configTable = {
  port: entry<number>({
    env: 'PORT',
    fallback: () => 4321,
    defaultText: '4321',
    allowed: 'a whole number from 0 to 65535',
    about: 'The port of the site and the playground. 0 takes any free one.',
    schema: wholeNumber(0, 65_535),
  }),
  host: entry<string>({
    env: 'HOST',
    fallback: () => '127.0.0.1',
    defaultText: '127.0.0.1',
    allowed: 'an address or a host name',
    about: 'The address to listen on. 0.0.0.0 listens on all of them.',
    schema: z.string().regex(/^[\w.:%-]+$/),
  }),
  publicOrigin: entry<string | undefined>({
    env: 'PUBLIC_ORIGIN',
    fallback: () => undefined,
    defaultText: '',
    allowed: 'an origin, without path or final slash, such as https://lab.example.com',
    about: 'Where readers reach the server. Its Host and Origin are accepted, and the URLs of labs begin with it.',
    schema: webOrigin,
  }),
  trustProxy: entry<number>({
    env: 'TRUST_PROXY',
    fallback: () => 0,
    defaultText: '0',
    allowed: 'a whole number from 0 to 10',
    about: 'How many proxies stand in front. Limits per address then use what they add to X-Forwarded-For.',
    schema: wholeNumber(0, 10),
  }),
  labsMax: entry<number>({
    env: 'LABS_MAX',
    fallback: () => labsByMemory(memoryBytes()),
    defaultText: 'by memory: at 460 MB a lab and 400 MB for the server, 1 to 100',
    allowed: 'a whole number from 0 to 1000',
    about: 'How many labs may run at once.',
    schema: wholeNumber(0, 1000),
  }),
  labsPerAddress: entry<number>({
    env: 'LABS_PER_ADDRESS',
    fallback: () => 2,
    defaultText: '2',
    allowed: 'a whole number from 1 to 1000',
    about: 'How many labs one IPv4 address or IPv6 /64 may have at once.',
    schema: wholeNumber(1, 1000),
  }),
  labCreationsPerMinute: entry<number>({
    env: 'LAB_CREATIONS_PER_MINUTE',
    fallback: () => 10,
    defaultText: '10',
    allowed: 'a whole number from 1 to 100000',
    about: 'How many labs one IPv4 address or IPv6 /64 may create in a minute.',
    schema: wholeNumber(1, 100_000),
  }),
  labIdleTimeoutMs: entry<number>({
    env: 'LAB_IDLE_TIMEOUT_MS',
    fallback: () => 5 * 60_000,
    defaultText: '300000 (5 min)',
    allowed: `a whole number from 1000 to ${longestMs}`,
    about: 'A lab that nobody uses for this long ends.',
    schema: wholeNumber(1000, longestMs),
  }),
  labMaxAgeMs: entry<number>({
    env: 'LAB_MAX_AGE_MS',
    fallback: () => 30 * 60_000,
    defaultText: '1800000 (30 min)',
    allowed: `a whole number from 1000 to ${longestMs}`,
    about: 'A lab ends at this age, in use or not.',
    schema: wholeNumber(1000, longestMs),
  }),
  redisUrl: entry<string | undefined>({
    env: 'REDIS_URL',
    fallback: () => undefined,
    defaultText: '',
    allowed: 'a URL such as redis://localhost:6379, or rediss:// with TLS',
    about: 'Labs that share their state keep it in this Redis, each under a prefix of its own, and not in SQLite.',
    isSecret: true,
    schema: z.string().refine((text) => /^rediss?:$/.test(URL.parse(text)?.protocol ?? '')),
  }),
  metricsPort: entry<number | undefined>({
    env: 'METRICS_PORT',
    fallback: () => undefined,
    defaultText: '',
    allowed: 'a whole number from 0 to 65535',
    about: 'Serves Prometheus metrics at /metrics on this port, and nowhere else.',
    schema: wholeNumber(0, 65_535),
  }),
  logLevel: entry<LogLevelName>({
    env: 'LOG_LEVEL',
    fallback: () => 'info',
    defaultText: 'info',
    allowed: logLevels.join(', '),
    about: 'The least urgent log line to write. debug has one line for each request.',
    schema: z.enum(logLevels),
  }),
};

type ConfigTable = typeof configTable;
export type ConfigKey = keyof ConfigTable;
export type Config = { [K in ConfigKey]: ConfigTable[K] extends OptionEntry<infer T> ? T : never };

export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** `LABS_MAX` → `labs-max`: the flag without its dashes. */
export const flagName = (env: string): string => env.toLowerCase().replaceAll('_', '-');

/**
 * Reads the configuration. An empty environment variable counts as absent.
 * @param flags what the command line gave, by flag name without dashes
 * @throws ConfigError naming each bad option, its value and what is allowed
 */
export function loadConfig(
  flags: Readonly<Record<string, string | undefined>> = {},
  env: Readonly<Record<string, string | undefined>> = process.env,
): Config {
  const config: Record<string, unknown> = {};
  const complaints: string[] = [];
  for (const [key, option] of Object.entries(configTable)) {
    const flag = flags[flagName(option.env)];
    const name = flag === undefined ? option.env : `--${flagName(option.env)}`;
    const text = flag ?? (env[option.env] || undefined);
    if (text === undefined) {
      config[key] = option.fallback();
      continue;
    }
    const parsed = option.schema.safeParse(text);
    if (parsed.success) config[key] = parsed.data;
    else
      complaints.push(`${name} is ${option.isSecret ? 'not one' : JSON.stringify(text)}; allowed: ${option.allowed}.`);
  }
  for (const flag of Object.keys(flags)) {
    if (!Object.values(configTable).some((option) => flagName(option.env) === flag)) {
      complaints.push(`--${flag} is not an option; see --help.`);
    }
  }
  if (complaints.length > 0) throw new ConfigError(complaints.join('\n'));
  return config as Config;
}

export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);

/** What is legal but will surprise: one sentence each, to be logged at start. */
export function configWarnings(config: Config): string[] {
  if (isLoopback(config.host) || config.publicOrigin !== undefined) return [];
  return [
    `HOST is ${config.host} and PUBLIC_ORIGIN is not set: requests whose Host is not this address or localhost, and all that come through TLS, are answered 403. Set PUBLIC_ORIGIN to the origin that readers use.`,
  ];
}

/** The memory this process may use: the machine's, or less in a container. */
function memoryBytes(): number {
  const limit = process.constrainedMemory();
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
}

/**
 * Measured: a worker that its reader has filled and keeps busy takes 112 MB of its own (idle: 32 MB), and this process
 * 400 MB under such a load.
 */
const workerBytes = 115_000_000;
const serverBytes = 400_000_000;

/** So many that all of them fit, each with the most processes a deployment has, and each of those full. */
export function labsByMemory(bytes: number): number {
  return Math.max(1, Math.min(100, Math.floor((bytes - serverBytes) / (mostProcesses * workerBytes))));
}
