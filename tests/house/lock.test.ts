import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { root } from '../../scripts/lib/project.js';
import { tempFolder } from '../setup/temp-folder.ts';
import { until } from '../setup/until.ts';

const lockModule = join(root, 'scripts/lib/lock.js');

/** A program that holds the lock while it notes its beginning, takes a while, and notes its end. */
const job = (name: string, notes: string) => `
  import { appendFileSync } from 'node:fs';
  import { exclusively } from ${JSON.stringify(lockModule)};
  await exclusively(${JSON.stringify(name)}, async () => {
    appendFileSync(${JSON.stringify(notes)}, 'begin ');
    await new Promise((resolve) => setTimeout(resolve, 50));
    appendFileSync(${JSON.stringify(notes)}, 'end ');
  });
`;
const program = (source: string) => ['--input-type=module', '--eval', source];

test('of several processes that want the same job, one at a time does it', async () => {
  await using folder = await tempFolder();
  const notes = join(folder.path, 'notes');
  const source = job(`test-${process.pid}-several`, notes);
  const run = promisify(execFile);
  await Promise.all(Array.from({ length: 4 }, () => run(process.execPath, program(source))));
  expect(readFileSync(notes, 'utf8')).toBe('begin end '.repeat(4));
});

test('a lock whose owner was killed is taken over', async () => {
  await using folder = await tempFolder();
  const notes = join(folder.path, 'notes');
  const name = `test-${process.pid}-killed`;
  const holder = spawn(
    process.execPath,
    program(`
      import { exclusively } from ${JSON.stringify(lockModule)};
      setInterval(() => {}, 1000);
      await exclusively(${JSON.stringify(name)}, () => new Promise(() => {}));
    `),
  );
  const lock = join(root, '.cache', `${name}.lock`);
  await until('the lock to be held', () => existsSync(lock) && readFileSync(lock, 'utf8') === String(holder.pid));
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  expect(existsSync(lock)).toBe(true);

  await promisify(execFile)(process.execPath, program(job(name, notes)));
  expect(readFileSync(notes, 'utf8')).toBe('begin end ');
  expect(existsSync(lock)).toBe(false);
});
