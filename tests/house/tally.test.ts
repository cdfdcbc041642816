import { spawnSync } from 'node:child_process';
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { bin, root } from '../../scripts/lib/project.js';
import { tallyLine, tallyVitest } from '../../scripts/lib/tally.js';
import { tempFolder } from '../setup/temp-folder.ts';

/** Runs Vitest for real on test files of these contents, and counts. */
async function tallyOf(...files: string[]) {
  await using folder = await tempFolder();
  symlinkSync(join(root, 'node_modules'), join(folder.path, 'node_modules'));
  files.forEach((content, index) => {
    writeFileSync(
      join(folder.path, `${index}.test.js`),
      `import { beforeAll, describe, test } from 'vitest';\n${content}`,
    );
  });
  const report = join(folder.path, 'report.json');
  const args = ['run', '--reporter=json', `--outputFile=${report}`];
  const { status } = spawnSync(join(bin, 'vitest'), args, { cwd: folder.path });
  return tallyVitest(report, status === 0);
}

test('cases that pass, fail and are skipped are counted over all files', async () => {
  const tally = await tallyOf(
    `test('a', () => {}); test('b', () => {}); test.skip('c', () => {});`,
    `test('d', () => { throw new Error('no'); }); test.each([1, 2])('e %i', () => {});`,
  );
  expect(tally).toEqual({ passed: 4, failed: 1, skipped: 1 });
  expect(tallyLine(tally)).toBe('4 passed, 1 failed, 1 skipped');
});

test('a file that cannot be loaded counts as one failure', async () => {
  const tally = await tallyOf(`test('a', () => {});`, `import './missing.js';`);
  expect(tallyLine(tally)).toBe('1 passed, 1 failed');
});

test('an error outside every test case counts as one failure', async () => {
  const tally = await tallyOf(`test('a', () => { setTimeout(() => { throw new Error('late'); }); });
    test('b', () => new Promise((resolve) => setTimeout(resolve, 50)));`);
  expect(tallyLine(tally)).toBe('2 passed, 1 failed');
});

test('cases made from a list that is awaited count one by one, and a hook that fails them as a failure', async () => {
  const list = `const list = await Promise.resolve(['a', 'b', 'c']); describe('each', () => {`;
  const tally = await tallyOf(
    `${list} test.each(list)('%s', () => {}); });`,
    `${list} beforeAll(() => { throw new Error('no'); }); test.each(list)('%s', () => {}); });`,
  );
  expect(tally).toEqual({ passed: 3, failed: 1, skipped: 3 });
});

test('a run that leaves no report counts as one failure', () => {
  expect(tallyLine(tallyVitest('/nonexistent/report.json', false))).toBe('0 passed, 1 failed');
});
