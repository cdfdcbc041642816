/** The conformance suite as a command: what it would run, and what it found. */

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { bin } from '../../../scripts/lib/project.js';
import { tempFolder } from '../../setup/temp-folder.ts';

/** One thing that a scenario looked at. */
export interface Check {
  id: string;
  status: 'SUCCESS' | 'FAILURE' | 'WARNING' | 'SKIPPED' | 'INFO';
  errorMessage?: string;
  details?: unknown;
}

export interface SuiteRun {
  exitCode: number | null;
  /** What each scenario found, by its name. */
  scenarios: Map<string, Check[]>;
  output: string;
}

/** The suite's command, on the Node that runs the tests: it needs a newer one than a machine may have. */
const command = join(bin, 'conformance');

/** The names of the server scenarios that these options select, in the order in which they run. */
export async function listScenarios(...options: string[]): Promise<string[]> {
  const { stdout } = await promisify(execFile)(process.execPath, [command, 'list', '--server', ...options]);
  const [section = ''] = stdout.slice(stdout.indexOf('Server scenarios')).split('\n\n');
  return [...section.matchAll(/^ {2}- (\S+)/gm)].map(([, name]) => name as string);
}

/** Runs the server scenarios that these options select against `url`. */
export async function runServerSuite(url: string, ...options: string[]): Promise<SuiteRun> {
  await using folder = await tempFolder();
  const args = [command, 'server', '--url', url, '--output-dir', folder.path, ...options];
  const suite = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const keep = (chunk: Buffer) => {
    output += chunk.toString();
  };
  suite.stdout.on('data', keep);
  suite.stderr.on('data', keep);
  const [exitCode] = (await once(suite, 'close')) as [number | null];
  const scenarios = new Map<string, Check[]>();
  for (const entry of await readdir(folder.path)) {
    const name = /^server-(.+)-\d{4}-\d\d-\d\dT/.exec(entry)?.[1];
    if (!name) throw new Error(`The suite left a folder of another name: ${entry}`);
    scenarios.set(name, JSON.parse(await readFile(join(folder.path, entry, 'checks.json'), 'utf8')) as Check[]);
  }
  return { exitCode, scenarios, output };
}
