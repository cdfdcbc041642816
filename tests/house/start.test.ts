import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { root } from '../../scripts/lib/project.js';
import { until } from '../setup/until.ts';

/** `npm start` on a free port, in a process group of its own, as in a terminal. */
function npmStart(): { npm: ChildProcess; output: () => string; exited: Promise<unknown[]> } {
  const npm = spawn('npm', ['start'], { cwd: root, detached: true, env: { ...process.env, PORT: '0' } });
  let output = '';
  for (const stream of [npm.stdout, npm.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  return { npm, output: () => output, exited: once(npm, 'exit') };
}

const hasEnded = (npm: ChildProcess) => npm.exitCode !== null || npm.signalCode !== null;
const originIn = (output: string) => /is at (http:\S+)\/$/m.exec(output)?.[1];

test.each([
  ['npm is told SIGTERM', (npm: ChildProcess) => npm.kill('SIGTERM')],
  ['Ctrl-C is pressed', (npm: ChildProcess) => process.kill(-(npm.pid as number), 'SIGINT')],
])(
  'npm start serves the site, and when %s the server stops in order and npm exits with 0',
  async (_how, tell) => {
    const { npm, output, exited } = npmStart();
    try {
      // The first start in a checkout installs and builds.
      const origin = await until('the server to listen', () => originIn(output()) ?? hasEnded(npm), 300_000);
      if (origin === true) throw new Error(`npm start ended before the server listened. It wrote:\n${output()}`);
      const page = await fetch(origin);
      expect(page.status).toBe(200);
      expect(await page.text()).toContain('Streamable HTTP Lab');

      tell(npm);
      expect(await exited).toEqual([0, null]);
      await expect(fetch(origin)).rejects.toThrow();
    } finally {
      if (!hasEnded(npm)) process.kill(-(npm.pid as number), 'SIGKILL');
    }
  },
  310_000,
);
