import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Json } from './answer.ts';

/**
 * Runs a program of `children/` in its own process and resolves to the JSON that it printed.
 *
 * @throws When it fails, or does not exit by itself within two minutes.
 */
export async function runChild(name: string, ...args: string[]): Promise<Json> {
  const path = fileURLToPath(new URL(`children/${name}.ts`, import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', path, ...args], { timeout: 120_000 });
  return JSON.parse(stdout);
}
