/** The entry: `node playground-server/main.ts` serves the site and the playground. */

import { fileURLToPath } from 'node:url';
import { type ArgsDef, defineCommand, type ParsedArgs, runMain } from 'citty';
import { type Config, ConfigError, configTable, configWarnings, flagName, isLoopback, loadConfig } from './config.ts';
import { version } from './http/health.ts';
import { ListenError } from './http/listen.ts';
import { createLog } from './http/log.ts';
import { startServer } from './http/server.ts';

const siteFolder = fileURLToPath(new URL('../dist/', import.meta.url));

const flags: ArgsDef = Object.fromEntries(
  Object.values(configTable).map(({ env, about, defaultText }) => [
    flagName(env),
    { type: 'string', description: `${about} ${env}${defaultText === '' ? '' : `, default ${defaultText}`}.` },
  ]),
);

/** The flags as they were given: citty also lists each under its camel-case name. */
function givenFlags(args: ParsedArgs): Record<string, string> {
  const given: Record<string, string> = {};
  for (const [name, value] of Object.entries(args)) {
    if (name !== '_' && !/[A-Z]/.test(name) && value !== undefined) given[name] = String(value);
  }
  return given;
}

/** Where a browser on this machine finds the server. */
function localUrl({ host }: Config, port: number): string {
  const isWildcard = host === '0.0.0.0' || host === '::';
  const name = isLoopback(host) || isWildcard ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  return `http://${name}:${port}`;
}

/** Ctrl-C reaches this process from the terminal and, a moment later, from npm: two signals, and one wish. */
const oneWishMs = 300;

async function serve(args: ParsedArgs): Promise<void> {
  const config = loadConfig(givenFlags(args));
  const log = createLog(config.logLevel);
  for (const warning of configWarnings(config)) log.warn(warning);
  const server = await startServer({ config, log, siteFolder });
  log.info({ host: config.host, port: server.port, metricsPort: server.metricsPort, version }, 'listening');
  const forReaders = config.publicOrigin === undefined ? '' : `, for readers at ${config.publicOrigin}/`;
  console.log(`Streamable HTTP Lab is at ${localUrl(config, server.port)}/${forReaders}`);

  let askedAt: number | undefined;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (askedAt !== undefined) {
      // Asked again, someone is in a hurry. Workers notice by themselves that this process has gone.
      if (performance.now() - askedAt > oneWishMs) process.exit(1);
      return;
    }
    askedAt = performance.now();
    log.info({ signal }, 'stopping');
    server.stop().then(
      () => process.exit(0),
      (error: Error) => {
        log.error({ error: error.stack }, 'could not stop in order');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
}

const serveCommand = defineCommand({
  meta: { name: 'serve', description: 'Serve the site and the playground' },
  args: flags,
  async run({ args }) {
    try {
      await serve(args);
    } catch (error) {
      if (!(error instanceof ConfigError) && !(error instanceof ListenError)) throw error;
      console.error(error.message);
      process.exit(1);
    }
  },
});

await runMain(
  defineCommand({
    meta: { name: 'streamable-http-lab', version, description: 'Watch MCP Streamable HTTP at work' },
    // Also here, so that the value of a flag is not taken for the name of a command.
    args: flags,
    default: 'serve',
    subCommands: { serve: serveCommand },
  }),
);
