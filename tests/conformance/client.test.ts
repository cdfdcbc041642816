import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { bin } from '../../scripts/lib/project.js';
import { tempFolder } from '../setup/temp-folder.ts';
import type { Check } from './support/suite.ts';

const client = fileURLToPath(new URL('client.ts', import.meta.url));

/** Every scenario of a version but those under auth/, which are about OAuth, and how many checks it makes. */
const scenarios: [version: string, scenario: string, checks: number][] = [
  ['2025-11-25', 'initialize', 1],
  ['2025-11-25', 'tools_call', 2],
  ['2025-11-25', 'sse-retry', 3],
  ['2025-11-25', 'elicitation-sep1034-client-defaults', 5],
  ['2025-11-25', 'json-schema-2020-12-preservation', 9],
  ['2026-07-28', 'tools_call', 2],
  ['2026-07-28', 'request-metadata', 8],
  ['2026-07-28', 'sep-2322-client-request-state', 6],
  ['2026-07-28', 'http-standard-headers', 9],
  ['2026-07-28', 'http-custom-headers', 18],
  ['2026-07-28', 'http-invalid-tool-headers', 12],
  ['2026-07-28', 'json-schema-ref-no-deref', 1],
  ['2026-07-28', 'json-schema-2020-12-preservation', 9],
];

/** What a scenario skips by itself: this scenario also looks for the two messages that its version does not have. */
const notInThisEra = ['ClientMcpMethodHeader_initialize', 'ClientMcpMethodHeader_notifications_initialized'];

test.each(scenarios)('the wire client in %s: %s', async (version, scenario, checks) => {
  const { exitCode, found, output } = await run(scenario, version);
  const others = found.filter(({ status }) => status !== 'SUCCESS' && status !== 'INFO');
  const skipped = scenario === 'http-standard-headers' ? notInThisEra : [];
  expect(others.map(({ status, name }) => [status, name])).toEqual(skipped.map((name) => ['SKIPPED', name]));
  expect(found.filter(({ status }) => status === 'SUCCESS')).toHaveLength(checks);
  expect(exitCode, output).toBe(0);
});

async function run(scenario: string, version: string) {
  await using folder = await tempFolder();
  const options = ['--scenario', scenario, '--spec-version', version, '--output-dir', folder.path];
  const command = [join(bin, 'conformance'), 'client', '--command', `${process.execPath} ${client}`, ...options];
  const suite = spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [suite.stdout, suite.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  const [exitCode] = (await once(suite, 'close')) as [number | null];
  const [result = ''] = await readdir(folder.path);
  const text = await readFile(join(folder.path, result, 'checks.json'), 'utf8');
  return { exitCode, output, found: JSON.parse(text) as (Check & { name: string })[] };
}
