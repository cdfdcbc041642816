import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { snippetFiles } from './run-snippet.ts';

const read = (path: string) => readFileSync(fileURLToPath(new URL(path, import.meta.url)), 'utf8');
const docs = fileURLToPath(new URL('../../content/docs/', import.meta.url));

test('every snippet file is run by a test', () => {
  const topics = new Set(snippetFiles().map((file) => file.split('/')[0] ?? ''));
  const tests = [...topics].map((topic) => ({ topic, text: read(`./${topic}.test.ts`) }));
  const notRun = snippetFiles().filter((file) => {
    const [topic = '', name = ''] = file.split('/');
    const text = tests.find((each) => each.topic === topic)?.text ?? '';
    return !text.includes(`\${topic}/${name}\``) && !text.includes(`'${file}'`);
  });
  expect(notRun).toEqual([]);
});

test('every snippet file is shown on a page', () => {
  const pages = readdirSync(docs, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.mdx'))
    .map((name) => readFileSync(`${docs}/${name}`, 'utf8'))
    .join('\n');
  const shown = new Set([...pages.matchAll(/<Snippet name="([^"]+)"/g)].map(([, name]) => name));
  expect(snippetFiles().filter((file) => !shown.has(file.replace(/\.\w+$/, '')))).toEqual([]);
});
