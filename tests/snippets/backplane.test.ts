import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { backplaneBehaviour } from '../../playground-server/transport/backplane/behaviour.ts';
import { outputsOf } from './page-outputs.ts';

const topic = 'backplane';
const expectOutput = outputsOf(topic);
const folder = fileURLToPath(new URL('../../content/snippets/', import.meta.url));

/** What a file prints when it is run as a reader would, from where it stands. */
function run(name: string): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [`${folder}${name}`], { encoding: 'utf8' });
  expect(status, `${stdout}${stderr}`).toBe(0);
  return stdout;
}

test('[B4] the suite, as the page runs it, passes over the store of the page', () => {
  // Around the store of backplane/timed.ts: `${topic}/timed.ts`
  const output = run(`${topic}/suite.ts`);
  const store = { shared: true, settableClock: true, open: () => Promise.reject(new Error('only its titles')) };
  const titles = backplaneBehaviour(store).map(({ title }) => title);
  for (const title of titles) expect(output).toContain(title);
  expect(output).toMatch(new RegExp(`\\bpass ${titles.length}$`, 'm'));
  expect(output).toMatch(/\bfail 0$/m);
});

test('what a session and a call ask of the store is what the page shows', () => {
  expectOutput('asked', run(`${topic}/asked.ts`));
});
