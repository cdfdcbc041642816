import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findPuma, findUnicorn } from '../../scripts/lib/system-packages.js';
import { freePort } from './free-port.ts';
import { type RunningProxy, replaced, startProxy } from './proxy.ts';
import { tempFolder } from './temp-folder.ts';

type Words = Readonly<Record<string, string>>;

/** A Rack application and the configuration of its server; `words` replaces in both, see `replaced`. */
export interface Application {
  configRu: string;
  appWords?: Words;
  config: string;
  configWords?: Words;
  env?: NodeJS.ProcessEnv;
}

/** Where `require 'mcp'` finds what stands in for the gem. */
const standIn = fileURLToPath(new URL('../snippets/mcp-stand-in', import.meta.url));

/** Starts Debian's Puma with a `config.ru` and a `config/puma.rb`, which binds to port 9292. */
export const startPuma = (application: Application): Promise<RunningProxy> =>
  start('Puma', findPuma(), ['-C'], application);

/** Starts Debian's Unicorn with a `config.ru` and a `config/unicorn.rb`, which listens on port 9292. */
export const startUnicorn = (application: Application): Promise<RunningProxy> =>
  start('Unicorn', findUnicorn(), ['-c'], application);

async function start(name: string, command: string | undefined, option: string[], application: Application) {
  if (!command) throw new Error(`No ${name} in PATH. \`npm test\` installs it, or says how to.`);
  const { configRu, appWords = {}, config, configWords = {}, env } = application;
  const port = await freePort();
  const folder = await tempFolder();
  const [ru, rb] = [join(folder.path, 'config.ru'), join(folder.path, 'server.rb')];
  await writeFile(ru, replaced(configRu, appWords));
  await writeFile(rb, replaced(config, { ':9292': `:${port}`, ...configWords }));
  // A platform's own settings would decide how many processes there are.
  const set = { RUBYLIB: standIn, RACK_ENV: 'production', WEB_CONCURRENCY: undefined, ...env };
  return await startProxy(command, [...option, rb, ru], port, folder, set);
}
