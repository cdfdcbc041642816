/** The servers of the page on Ruby, as its tests and its figures start them: real Puma, real Unicorn, the page's files. */

import type { RunningProxy } from '../setup/proxy.ts';
import { startPuma, startUnicorn } from '../setup/ruby.ts';
import { until } from '../setup/until.ts';
import { configuration, type Words } from './proxied.ts';

const configRu = configuration('ruby/config.ru');
const puma = configuration('ruby/puma.rb');
const unicorn = configuration('ruby/unicorn.rb');

/** Debian's Rack 2.2 cannot carry a stream. A call answered by one object needs none. */
const asOneObject: Words = { "allowed_hosts: ['mcp.example.com']": 'enable_json_response: true' };
export const stateless: Words = { "allowed_hosts: ['mcp.example.com']": 'stateless: true' };

export interface Setup {
  /** Replaced in config.ru. */
  app?: Words;
  /** Replaced in puma.rb or unicorn.rb. */
  server?: Words;
  env?: NodeJS.ProcessEnv;
}

const application = (config: string, { app = asOneObject, server = {}, env = {} }: Setup) => ({
  configRu,
  appWords: app,
  config,
  configWords: server,
  env,
});

/** `config/puma.rb` of the page, which says `workers 0`. */
export const pumaOf = (setup: Setup = {}): Promise<RunningProxy> => startPuma(application(puma, setup));

/** The same with another number of workers, all of them ready. */
export async function pumaWorkers(workers: number, setup: Setup = {}): Promise<RunningProxy> {
  const server = { 'workers 0': `workers ${workers}`, ...setup.server };
  return await ready(await pumaOf({ ...setup, server }), / Worker \d+ \(PID: \d+\) booted/g, workers);
}

/** `config/unicorn.rb` of the page with another number of workers, all of them ready. */
export async function unicornWorkers(workers: number, setup: Setup = {}): Promise<RunningProxy> {
  const server = { 'worker_processes 4': `worker_processes ${workers}`, ...setup.server };
  return await ready(await startUnicorn(application(unicorn, { ...setup, server })), /worker=\d+ ready/g, workers);
}

async function ready(running: RunningProxy, line: RegExp, workers: number): Promise<RunningProxy> {
  await until('all workers to be ready', () => (running.log().match(line)?.length ?? 0) >= workers);
  return running;
}

/** Words for config.ru: answers are one object, and `whoami` says something else. */
export const saying = (ruby: string, more: Words = {}): Words => ({
  ...asOneObject,
  'text = "pid #{Process.pid}"': `text = ${ruby}`,
  ...more,
});
