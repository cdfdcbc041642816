import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { configTable, flagName } from '../../playground-server/config.ts';
import { startServer } from '../setup/server.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Runs the entry to its end. */
function run(
  args: string[],
  env: Record<string, string> = {},
): Promise<{ code: unknown; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ['playground-server/main.ts', ...args],
      { cwd: root, env: { ...process.env, NO_COLOR: '1', ...env } },
      (error, stdout, stderr) => resolve({ code: error?.code ?? 0, stdout, stderr }),
    );
  });
}

describe('what keeps it from starting is one clear sentence', () => {
  test('a port in use', async () => {
    await using taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const { code, stderr } = await run([`--port=${port}`], { LOG_LEVEL: 'error' });
    expect(code).toBe(1);
    expect(stderr).toBe(`Port ${port} is in use on 127.0.0.1. Stop what uses it, or set PORT to another port.\n`);
  });

  test('an address of another machine', async () => {
    const { code, stderr } = await run([], {
      PORT: '0',
      HOST: '192.0.2.1',
      PUBLIC_ORIGIN: 'http://a.example',
      LOG_LEVEL: 'error',
    });
    expect(code).toBe(1);
    expect(stderr).toBe('192.0.2.1 is no address of this machine. Set HOST to one that is.\n');
  });

  test('a bad option', async () => {
    const { code, stdout, stderr } = await run(['serve', '--labs-max', 'many'], { PORT: '70000' });
    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toBe(
      'PORT is "70000"; allowed: a whole number from 0 to 65535.\n--labs-max is "many"; allowed: a whole number from 0 to 1000.\n',
    );
  });

  test('an option that does not exist', async () => {
    expect((await run(['--prot=1'])).stderr).toBe('--prot is not an option; see --help.\n');
  });
});

test('--help names every option with its variable and default', async () => {
  const { code, stdout } = await run(['serve', '--help']);
  expect(code).toBe(0);
  for (const { env } of Object.values(configTable)) {
    expect(stdout).toContain(`--${flagName(env)}`);
    expect(stdout).toContain(env);
  }
  expect(stdout).toContain('default 4321');
});

test('it says where it is on stdout, and warns of a host that others reach', async () => {
  await using server = await startServer({ env: { HOST: '0.0.0.0' } });
  expect(server.output()).toMatch(/^Streamable HTTP Lab is at http:\/\/localhost:\d+\/$/m);
  expect(server.output()).toMatch(/"level":40.*Set PUBLIC_ORIGIN/);
});
