/** Pages of the built site as a reader meets them: a real browser, and the real server. */

import type { Browser, Page } from 'playwright';
import { afterAll, beforeAll } from 'vitest';
import { launchBrowser } from '../setup/browser.ts';
import { type RunningServer, startServer } from '../setup/server.ts';
import { builtPages } from './built-site.ts';

export type Theme = 'light' | 'dark';

/** Of every page there is, and of one that is not. */
export const paths = builtPages().map(({ path }) => (path === '/404.html' ? '/no/such/page' : path));

export interface Visit extends AsyncDisposable {
  page: Page;
  /** What the page's policy refused, and what the browser complained of. */
  complaints: string[];
  /** Every address that was asked for. */
  requests: string[];
}

export interface VisitOptions {
  theme?: Theme;
  width?: number;
  scripts?: boolean;
}

async function visit(browser: Browser, origin: string, path: string, options: VisitOptions): Promise<Visit> {
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
  await page.goto(origin + path, { waitUntil: 'load' });
  await page.evaluate(() => document.fonts.ready);
  return { page, complaints, requests, [Symbol.asyncDispose]: () => context.close() };
}

/** A browser and a server for the tests of one file. */
export function visitor() {
  let server: RunningServer;
  let browser: Browser;
  beforeAll(async () => {
    [server, browser] = await Promise.all([startServer(), launchBrowser()]);
  });
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });
  return {
    get origin() {
      return server.origin;
    },
    get browser() {
      return browser;
    },
    visit: (path: string, options: VisitOptions = {}) => visit(browser, server.origin, path, options),
  };
}
