import type { JSHandle } from 'playwright';
import { expect, test } from 'vitest';
import { type ErrorName, errors } from '../../playground-server/transport/errors.ts';
import { refusal, refusalBody } from '../../playground-server/transport/refusal.ts';
import { searchText } from '../../src/components/error-text.ts';
import { visitor } from './visit.ts';

const site = visitor();

/** What may stand in a message that somebody pastes. */
const values = {
  host: '"evil.example"',
  allowed: 'localhost, 127.0.0.1, [::1]',
  origin: '"https://evil.example"',
  verb: '"PUT"',
  version: '"2024-01-01"',
  needed: 'application/json, text/event-stream',
  maxBytes: 4_194_304,
  timeoutMs: 30_000,
  maxDepth: 64,
  why: '"jsonrpc" must be "2.0"',
  supported: '2025-11-25, 2025-06-18, 2025-03-26',
  max: 10_000,
  id: 7,
  eventId: '"3.9"',
  method: 'tools/nope',
  capabilities: 'sampling',
};

interface Pagefind {
  search: (text: string) => Promise<{ results: { data: () => Promise<{ url: string }> }[] }>;
}

test('every error that is pasted whole leads to the page of errors, or to the page that fixes it', async () => {
  const page = await site.browser.newPage();
  await page.goto(`${site.origin}/reference/errors/`);
  const pasted = (Object.keys(errors) as ErrorName[]).map((name) => ({
    name,
    text: searchText(refusalBody(refusal(name, values), 7)),
  }));
  // As text: Vite rewrites every import() that it sees, and this one runs in the page.
  const pagefind = (await page.evaluateHandle("import('/pagefind/pagefind.js')")) as JSHandle<Pagefind>;
  const found = await pagefind.evaluate(async ({ search }, queries) => {
    const answers: { name: string; text: string; urls: string[] }[] = [];
    for (const { name, text } of queries) {
      const { results } = await search(text);
      const urls = await Promise.all(results.slice(0, 3).map(async (result) => (await result.data()).url));
      answers.push({ name, text, urls });
    }
    return answers;
  }, pasted);
  expect(found).toHaveLength(pasted.length);
  const lost = found.filter(({ urls }) => !urls.some((url) => url === '/reference/errors/' || url.startsWith('/fix/')));
  expect(lost).toEqual([]);
  await page.close();
});
