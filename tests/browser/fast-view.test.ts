/**
 * A figure that is flooded. Nothing here is timed: what makes a long log slow is counted instead, which is how much is
 * drawn, and how much of it is drawn anew for each batch of events.
 */

import type { Browser, Page } from 'playwright';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WireClient } from '../../playground-server/wire-client/index.ts';
import { drawnRows } from '../../src/playground/view/drawn-rows.ts';
import { launchBrowser } from '../setup/browser.ts';
import { type RunningServer, startServer } from '../setup/server.ts';
import { until } from '../setup/until.ts';
import { openLesson } from './lesson-page.ts';

let server: RunningServer;
let browser: Browser;
beforeAll(async () => {
  [server, browser] = await Promise.all([startServer(), launchBrowser()]);
});
afterAll(async () => {
  await browser.close();
  await server.stop();
});

interface Work {
  /** How often the rows changed: every change of one frame counts once. */
  batches: number;
  /** Frames that were drawn meanwhile. */
  frames: number;
  /** Rows that came, went, or were changed in any way. */
  touched: number;
}

/**
 * Counts the elements that the browser styles from now on. What is inside a container is styled together with its
 * layout, and the browser tells no number of it: for as long as this counts there are no containers.
 */
async function countStyled(page: Page): Promise<() => Promise<number>> {
  await page.evaluate(() => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync('* { container-type: normal !important }');
    document.adoptedStyleSheets = [sheet];
  });
  const devtools = await page.context().newCDPSession(page);
  let styled = 0;
  devtools.on('Tracing.dataCollected', ({ value }) => {
    for (const { name, args } of value as unknown as { name: string; args: { elementCount?: number } }[])
      if (name === 'UpdateLayoutTree') styled += args.elementCount ?? 0;
  });
  await devtools.send('Tracing.start', {
    transferMode: 'ReportEvents',
    traceConfig: { includedCategories: ['devtools.timeline'] },
  });
  return async () => {
    const complete = new Promise((resolve) => devtools.once('Tracing.tracingComplete', resolve));
    await devtools.send('Tracing.end');
    await complete;
    await page.evaluate(() => {
      document.adoptedStyleSheets = [];
    });
    return styled;
  };
}

/** Counts from now on what happens to the rows. */
async function countWork(page: Page): Promise<() => Promise<Work>> {
  await page.evaluate(() => {
    const work = { batches: 0, frames: 0, touched: 0 };
    Object.assign(window, { work });
    new MutationObserver((records) => {
      work.batches += 1;
      const rows = new Set<Node | null>();
      for (const { target, addedNodes, removedNodes } of records) {
        for (const node of [...addedNodes, ...removedNodes, target]) {
          const row = (node instanceof Element ? node : node.parentElement)?.closest('.seq-rows > li');
          if (row) rows.add(row);
        }
      }
      work.touched += rows.size;
    }).observe(document.querySelector('.seq-rows') as Element, {
      subtree: true,
      childList: true,
      attributes: true,
      characterData: true,
    });
    const frame = (): void => {
      work.frames += 1;
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  });
  return () => page.evaluate(() => (window as unknown as { work: Work }).work);
}

test('a flood fills the log, and neither what is drawn nor the work for each event grows with it', async () => {
  await using lesson = await openLesson(browser, `${server.origin}/playground/`);
  const { page } = lesson;
  await lesson.goOn('Open a session');
  await page.locator('.seq-row').first().waitFor();
  const work = await countWork(page);
  const client = new WireClient({
    endpoint: await endpointOf(page),
    clientInfo: { name: 'flood', version: '1' },
    headers: () => ({}),
  });
  await client.open();
  const missing = page.locator('.seq-missing', { hasText: 'are not kept' });
  // Each line is written, and goes on to the client: three calls are more than the page keeps.
  for (let calls = 0; (await missing.count()) === 0; calls += 1) {
    expect(calls).toBeLessThan(8);
    await client.request('tools/call', { name: 'chatter', arguments: { lines: 400 } });
    await until('the end of the call to be drawn', async () =>
      (await page.locator('.seq-row').last().textContent())?.includes('stream ends'),
    );
  }
  await page.locator('.seq-missing', { hasText: 'rows are not drawn' }).waitFor();
  expect(await page.locator('.seq-row').count()).toBe(drawnRows);
  expect(await page.locator('.seq *').count()).toBeLessThan(drawnRows * 30);

  // The log is full: for each event that comes, one leaves. Rows that stay are not drawn anew for that.
  const styled = await countStyled(page);
  const before = { ...(await work()) };
  await client.request('tools/call', {
    name: 'count',
    arguments: { to: 30, everyMs: 10 },
    _meta: { progressToken: 'n' },
  });
  await until('the count to be drawn', async () =>
    (await page.locator('.seq-row').last().textContent())?.includes('stream ends'),
  );
  const after = await work();
  // And not styled anew: some 20 elements are styled for a row that comes, and over 800 would be for all that are drawn.
  expect(await styled()).toBeLessThan(32 * 60);
  const drawn = after.batches - before.batches;
  expect(drawn).toBeLessThanOrEqual(after.frames - before.frames + 1);
  // 32 rows come and as many go, each is drawn once more when it has arrived, and in each batch the last row passes
  // on that Tab reaches it.
  expect(after.touched - before.touched).toBeLessThan(32 * 4 + drawn * 4);

  // Nothing is out of reach: older rows are drawn when they are asked for, before those that are there.
  const first = page.locator('.seq-row').first();
  const id = await first.getAttribute('data-row');
  await page.getByRole('button', { name: `Draw ${drawnRows} more` }).click();
  await until('more rows', async () => (await page.locator('.seq-row').count()) === drawnRows * 2);
  expect(await page.locator(`.seq-row[data-row="${id}"]`).count()).toBe(1);
  // And when the reader scrolls up to them.
  await page.locator('.seq-rows').evaluate((list) => list.scrollTo(0, 0));
  await until('rows before those', async () => (await page.locator('.seq-row').count()) === drawnRows * 3);
  expect(lesson.troubles).toEqual([]);
});

function endpointOf(page: Page): Promise<string> {
  return page.evaluate(() => {
    const { lab } = JSON.parse(sessionStorage.getItem('lab-page') ?? '{}') as { lab: { endpoint: string } };
    return lab.endpoint;
  });
}
