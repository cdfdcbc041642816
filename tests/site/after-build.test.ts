import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { afterBuild } from '../../scripts/after-build.ts';
import { tempFolder } from '../setup/temp-folder.ts';
import { builtPages, readBuilt } from './built-site.ts';

const hash = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
const policyOf = (json: string): string =>
  (JSON.parse(json) as { contentSecurityPolicy: string }).contentSecurityPolicy;

test('every inline script and style of every page is in the policy, and none from outside it', async () => {
  await using folder = await tempFolder();
  await mkdir(join(folder.path, 'deep'));
  await writeFile(join(folder.path, 'index.html'), '<script>one()</script><script src="/a.js"></script>');
  await writeFile(join(folder.path, 'deep/index.html'), '<style>b{}</style><script type="module">two()</script>');
  await afterBuild(folder.path);
  const policy = policyOf(await readFile(join(folder.path, '.headers.json'), 'utf8'));
  const directive = (name: string) => policy.split('; ').find((each) => each.startsWith(`${name} `)) ?? '';
  expect(directive('script-src').split(' ').slice(3).sort()).toEqual([hash('one()'), hash('two()')].sort());
  expect(directive('style-src').split(' ').slice(2)).toEqual([hash('b{}')]);
  expect(policy).not.toMatch(/'unsafe-eval'|script-src[^;]*'unsafe-inline'|https?:/);
});

test('text files past 1 kB are compressed ahead of time, and nothing is lost', async () => {
  await using folder = await tempFolder();
  const text = 'A session is a row in a table. '.repeat(100);
  await writeFile(join(folder.path, 'page.md'), text);
  await writeFile(join(folder.path, 'small.txt'), 'short');
  expect(await afterBuild(folder.path)).toMatchObject({ compressed: 1 });
  const read = (ending: string) => readFile(join(folder.path, `page.md.${ending}`));
  expect(brotliDecompressSync(await read('br')).toString()).toBe(text);
  expect(gunzipSync(await read('gz')).toString()).toBe(text);
});

test('the policy of the built site knows each of its pages', () => {
  const policy = policyOf(readBuilt('/.headers.json'));
  for (const { html } of builtPages()) {
    for (const [, text = ''] of html.matchAll(/<script(?![^>]*\ssrc=)[^>]*>([\s\S]+?)<\/script>/g)) {
      expect(policy).toContain(hash(text));
    }
  }
});
