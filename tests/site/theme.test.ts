import { describe, expect, test } from 'vitest';
import { type Visit, visitor } from './visit.ts';

const site = visitor();

test('a page that is asked for again, and has not changed, keeps its policy', async () => {
  const first = await fetch(site.origin);
  const again = await fetch(site.origin, { headers: { 'if-none-match': first.headers.get('etag') ?? '' } });
  expect(again.status).toBe(304);
  expect(again.headers.get('content-security-policy')).toBe(first.headers.get('content-security-policy'));
});

describe('the theme', () => {
  test('is the system’s until the button is pressed, and then the reader’s', async () => {
    await using visited = await site.visit('/', { theme: 'light' });
    const { page } = visited;
    await page.getByRole('button', { name: 'Dark theme' }).click();
    await page.goto(`${site.origin}/start/watch-a-session/`);
    expect(await page.evaluate(() => document.documentElement.dataset.theme)).toBe('dark');
    await expect(page.getByRole('button', { name: 'Dark theme' }).getAttribute('aria-pressed')).resolves.toBe('true');
  });

  test('follows the system without JavaScript', async () => {
    await using light = await site.visit('/', { theme: 'light', scripts: false });
    await using dark = await site.visit('/', { theme: 'dark', scripts: false });
    const ground = ({ page }: Visit) => page.locator('body').evaluate((body) => getComputedStyle(body).backgroundColor);
    expect(await ground(light)).toBe('rgb(251, 250, 246)');
    expect(await ground(dark)).toBe('rgb(16, 18, 22)');
  });
});
