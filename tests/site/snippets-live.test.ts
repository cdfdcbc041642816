import type { Page } from 'playwright';
import { expect, test } from 'vitest';
import { visitor } from './visit.ts';

const site = visitor();

const path = '/start/watch-a-session/';
const live = { endpoint: 'https://lab.example/labs/abc/mcp', session: '7be1c2d05f0e4a2b9c04' };

const tell = (page: Page, detail: typeof live | null): Promise<void> =>
  page.evaluate((told) => {
    document.dispatchEvent(new CustomEvent('lab:session', { detail: told }));
  }, detail);

/** The snippet that lists the tools, in curl. */
const list = (page: Page) => page.locator('lab-snippet', { hasText: '"tools/list"' }).first();

test('a snippet holds the reader’s own session while one is open, and the plain text before and after', async () => {
  const page = await site.browser.newPage();
  await page.goto(site.origin + path);
  const snippet = list(page);
  const shown = () => snippet.locator('pre:visible').textContent();
  expect(await shown()).toContain(`curl -iN ${site.origin}/mcp`);
  expect(await shown()).toContain('Mcp-Session-Id: YOUR-SESSION-ID');
  await snippet.getByRole('link', { name: 'Open a session' }).waitFor();

  await tell(page, live);
  expect(await shown()).toContain(`curl -iN ${live.endpoint}`);
  expect(await shown()).toContain(`Mcp-Session-Id: ${live.session}`);
  await snippet.getByText('your session 7be1…04').waitFor();

  await tell(page, null);
  expect(await shown()).toContain('Mcp-Session-Id: YOUR-SESSION-ID');
  await page.close();
});

test('copying gives the text as it is filled in', async () => {
  const context = await site.browser.newContext({ permissions: ['clipboard-read', 'clipboard-write'] });
  const page = await context.newPage();
  await page.goto(site.origin + path);
  await tell(page, live);
  await list(page).getByRole('button', { name: 'copy' }).click();
  await list(page).getByRole('button', { name: 'copied' }).waitFor();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  expect(copied).toContain(`Mcp-Session-Id: ${live.session}`);
  expect(copied).toMatch(/^curl[\s\S]*tools\/list" \}'$/);
  await context.close();
});

test('a session opened on another page of the tab is known from the start', async () => {
  const page = await site.browser.newPage();
  await page.addInitScript((stored) => sessionStorage.setItem('lab', JSON.stringify(stored)), live);
  await page.goto(site.origin + path);
  expect(await page.locator('lab-snippet pre').first().textContent()).toContain(live.endpoint);
  await page.close();
});

test('one choice of language holds for all snippets, and for the next page', async () => {
  const page = await site.browser.newPage();
  await page.goto(site.origin + path);
  await list(page).getByText('TypeScript', { exact: true }).click();
  const visible = () => page.locator('lab-snippet:has([value=typescript]) pre:visible');
  for (const pre of await visible().all()) expect(await pre.getAttribute('data-language')).toBe('typescript');
  await page.reload();
  expect(await visible().first().getAttribute('data-language')).toBe('typescript');
  await page.close();
});

test('without JavaScript the tabs still work, and nothing is offered that cannot be done', async () => {
  const context = await site.browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(site.origin + path);
  const snippet = list(page);
  expect(await snippet.locator('pre:visible').textContent()).toContain('Mcp-Session-Id: YOUR-SESSION-ID');
  await snippet.getByText('TypeScript', { exact: true }).click();
  expect(await snippet.locator('pre:visible').textContent()).toContain('await client.listTools()');
  expect(await snippet.getByRole('button', { name: 'copy' }).isVisible()).toBe(false);
  await context.close();
});
