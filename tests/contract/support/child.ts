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
  // Memory then shows what is held: not the garbage that V8 leaves for later, nor compiled code that it drops at some time.
  const flags = ['--expose-gc', '--max-semi-space-size=1', '--no-flush-bytecode'];
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, path, ...args], { timeout: 120_000 });
  return JSON.parse(stdout);
}
