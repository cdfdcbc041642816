import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launchBrowser } from '../setup/browser.ts';
import { type RunningServer, startServer } from '../setup/server.ts';
import { builtPages } from './built-site.ts';

let server: RunningServer;
let browser: Browser;

beforeAll(async () => {
  [server, browser] = await Promise.all([startServer(), launchBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

const paths = builtPages().map(({ path }) => (path === '/404.html' ? '/no/such/page' : path));
const themes = ['light', 'dark'] as const;
const widths = [360, 1440];
const cases = paths.flatMap((path) => themes.flatMap((theme) => widths.map((width) => ({ path, theme, width }))));

interface Visit extends AsyncDisposable {
  page: Page;
  /** What the page's policy refused, and what the browser complained of. */
  complaints: string[];
  /** Every address that was asked for. */
  requests: string[];
}

async function visit(
  path: string,
  options: { theme?: 'light' | 'dark'; width?: number; scripts?: boolean } = {},
): Promise<Visit> {
  const context = await browser.newContext({
    viewport: { width: options.width ?? 1440, height: 900 },
    colorScheme: options.theme ?? 'light',
    javaScriptEnabled: options.scripts ?? true,
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  const complaints: string[] = [];
  const requests: string[] = [];
  page.on('request', (request) => requests.push(request.url()));
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    // A page that is not there is answered with 404, and the browser says so.
    if (message.type() === 'error' && !message.text().includes('404')) complaints.push(message.text());
  });
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) =>
      console.error(`policy: ${event.violatedDirective} refused ${event.blockedURI}`),
    );
  });
  await page.goto(server.origin + path, { waitUntil: 'load' });
  await page.evaluate(() => document.fonts.ready);
  return { page, complaints, requests, [Symbol.asyncDispose]: () => context.close() };
}

describe.each(cases)('$path, $theme, $width px', ({ path, theme, width }) => {
  test('has no accessibility violations, fits its width, and keeps to its policy', async () => {
    await using visited = await visit(path, { theme, width });
    const { page, complaints } = visited;
    expect(await page.evaluate(() => document.documentElement.dataset.theme)).toBe(theme);
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(
      violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`),
    ).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
    expect(complaints).toEqual([]);
  });
});

test.each(paths)('%s asks nobody but its own server for anything', async (path) => {
  await using visited = await visit(path);
  expect(visited.requests.filter((url) => !url.startsWith(server.origin) && !url.startsWith('data:'))).toEqual([]);
});

test('the fonts are ours, and both are in use', async () => {
  await using visited = await visit('/start/watch-a-session/');
  const loaded = await visited.page.evaluate(() =>
    [...document.fonts].filter(({ status }) => status === 'loaded').map(({ family }) => family.replaceAll('"', '')),
  );
  expect(loaded).toEqual(
    expect.arrayContaining(['Atkinson Hyperlegible Next Variable', 'Atkinson Hyperlegible Mono Variable']),
  );
});

test.each(paths)('%s hardly moves when its fonts arrive late', async (path) => {
  const context = await browser.newContext({ viewport: { width: 360, height: 800 } });
  const page = await context.newPage();
  let release = (): void => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  await page.route('**/*.woff2', async (route) => {
    await held;
    await route.continue();
  });
  await page.addInitScript(() => {
    const shifts = { total: 0 };
    Object.assign(window, { shifts });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) shifts.total += (entry as unknown as { value: number }).value;
    }).observe({ type: 'layout-shift', buffered: true });
  });
  await page.goto(server.origin + path, { waitUntil: 'domcontentloaded' });
  // The fallback has been painted, and then the fonts come.
  await page.evaluate(() => new Promise((painted) => requestAnimationFrame(() => requestAnimationFrame(painted))));
  release();
  await page.waitForLoadState('load');
  await page.evaluate(() => document.fonts.ready);
  await page.evaluate(() => new Promise((painted) => requestAnimationFrame(() => requestAnimationFrame(painted))));
  // Half of what counts as good (web.dev, Cumulative Layout Shift).
  expect(await page.evaluate(() => (window as unknown as { shifts: { total: number } }).shifts.total)).toBeLessThan(
    0.05,
  );
  await context.close();
});

test('a page that is asked for again, and has not changed, keeps its policy', async () => {
  const first = await fetch(server.origin);
  const again = await fetch(server.origin, { headers: { 'if-none-match': first.headers.get('etag') ?? '' } });
  expect(again.status).toBe(304);
  expect(again.headers.get('content-security-policy')).toBe(first.headers.get('content-security-policy'));
});

describe('an error that is pasted whole into the search', () => {
  test.each([
    'Session not found',
    '{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"Session not found"}}',
    '{"jsonrpc":"2.0","id":7,"error":{"code":-32001,"message":"Session not found. Open a new one with initialize."}}',
    'Error: Error POSTing to endpoint (HTTP 404): {"error":{"code":-32001,"message":"Session not found"},"id":""}',
    'mcp.shared.exceptions.McpError: Session terminated',
    'Bad Request: Server not initialized',
  ])('%s', async (error) => {
    await using visited = await visit('/start/watch-a-session/');
    const { page, complaints } = visited;
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.keyboard.press('/');
    // Without a click: the field takes the focus when it is there.
    await page.locator('.pagefind-ui__search-input:focus').waitFor();
    await page.evaluate((text) => navigator.clipboard.writeText(text), error);
    await page.keyboard.press('Control+V');
    const first = page.locator('.pagefind-ui__result-link').first();
    await first.waitFor();
    expect(await first.getAttribute('href')).toBe('/fix/session-not-found/');
    expect(complaints).toEqual([]);
  });
});

describe('the theme', () => {
  test('is the system’s until the button is pressed, and then the reader’s', async () => {
    await using visited = await visit('/', { theme: 'light' });
    const { page } = visited;
    await page.getByRole('button', { name: 'Dark theme' }).click();
    await page.goto(`${server.origin}/start/watch-a-session/`);
    expect(await page.evaluate(() => document.documentElement.dataset.theme)).toBe('dark');
    await expect(page.getByRole('button', { name: 'Dark theme' }).getAttribute('aria-pressed')).resolves.toBe('true');
  });

  test('follows the system without JavaScript', async () => {
    await using light = await visit('/', { theme: 'light', scripts: false });
    await using dark = await visit('/', { theme: 'dark', scripts: false });
    const ground = ({ page }: Visit) => page.locator('body').evaluate((body) => getComputedStyle(body).backgroundColor);
    expect(await ground(light)).toBe('rgb(251, 250, 246)');
    expect(await ground(dark)).toBe('rgb(16, 18, 22)');
  });
});
