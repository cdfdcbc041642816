/** The figure of several processes, read by mouse and by keyboard, from a lab that runs. */

import type { Browser, Locator, Page } from 'playwright';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WireClient } from '../../playground-server/wire-client/index.ts';
import { violationsIn } from '../setup/accessibility.ts';
import { launchBrowser } from '../setup/browser.ts';
import { type RunningServer, startServer } from '../setup/server.ts';
import { until } from '../setup/until.ts';
import { type LessonPage, openLesson } from './lesson-page.ts';

let server: RunningServer;
let browser: Browser;
beforeAll(async () => {
  [server, browser] = await Promise.all([startServer(), launchBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

/** A lesson on four processes, and a program that called `whoami` so many times in a session of its own. */
async function forked(calls: number): Promise<{ lesson: LessonPage; call: (tool?: string) => Promise<void> }> {
  const lesson = await openLesson(browser, `${server.origin}/understand/one-process/`);
  await lesson.page.locator('.lesson-figure').first().scrollIntoViewIfNeeded();
  await lesson.page.getByRole('button', { name: 'or use your own client' }).click();
  await lesson.page.locator('[data-copyable=url]').waitFor({ state: 'attached' });
  const clientInfo = { name: 'test', version: '1' };
  const client = new WireClient({ endpoint: await lesson.endpoint(), clientInfo });
  // What follows `initialize` reaches another process: it is lost, and so are three calls in four.
  await client.open();
  const call = async (name = 'whoami'): Promise<void> => {
    await client.request('tools/call', { name, arguments: {} });
  };
  for (let i = 0; i < calls; i += 1) await call();
  return { lesson, call };
}

const textOf = async (at: Locator): Promise<string> => (await at.textContent()) ?? '';
const shownCount = (page: Page): Promise<string> => textOf(page.locator('.fig-tools .count'));
const waits = async (page: Page): Promise<number> => Number.parseInt(await textOf(page.locator('.waits')), 10);
const rowsOf = (page: Page): Locator => page.locator('.seq-rows > li');
const focused = (page: Page): Promise<string> => page.evaluate(() => document.activeElement?.textContent ?? '');

test('a miss is as plain as a hit; the exchange opens under its row, and says who decided what', async () => {
  const { lesson } = await forked(4);
  await using _ = lesson;
  const { page } = lesson;
  await until('the count', async () => (await shownCount(page)) === '6 requests, 4 lost');
  expect(await page.locator('.strip .mark.missing').count()).toBe(4);
  expect(await page.locator('.strip .mark.found, .strip .mark.born').count()).toBe(2);
  expect(await page.locator('.proc.none').count()).toBe(3);
  expect(await page.locator('.lane.router').textContent()).toContain('round robin');

  const row = page.locator('.seq-row', { hasText: 'session not here' }).nth(1);
  await row.click();
  const item = page.locator('.seq-rows > li.sel');
  await item.locator('.detail').waitFor();
  const verdicts = await item.locator('.verdicts > div').allInnerTexts();
  expect(verdicts[0]).toMatch(/^router\s+The request came on connection c\d+\. Round robin: p3 was next\.$/);
  expect(verdicts[1]).toMatch(/^p3\s+Session .{7} is not here: .* p1 opened it, and no other process ever had it\.$/);
  expect(verdicts[2]).toContain('Refused by rule P7');
  expect(await item.locator('.says').textContent()).toContain('nothing is broken');
  expect(await item.locator('.raw').first().textContent()).toContain('HTTP/1.1 404');
  await page.keyboard.press('Escape');
  expect(await page.locator('.detail').count()).toBe(0);
  expect(await focused(page)).toContain('session not here');
});

test('by keyboard alone: pause, step, go on; what waits is counted, and a field keeps its letters', async () => {
  const { lesson, call } = await forked(1);
  await using _ = lesson;
  const { page } = lesson;
  await until('the count', async () => (await shownCount(page)) === '3 requests, 2 lost');
  const before = await rowsOf(page).count();
  await page.locator('.seq-row').last().focus();
  await page.keyboard.press('p');
  await page.getByRole('button', { name: 'Go on' }).waitFor();
  await call();
  // A call that is lost makes eleven events, from its arrival to the end of its answer.
  await until('all of the call', async () => (await waits(page)) >= 11);
  const paused = await waits(page);
  expect(await rowsOf(page).count()).toBe(before);
  await page.keyboard.press('s');
  await until('one row more', async () => (await rowsOf(page).count()) === before + 1);
  expect(await waits(page)).toBeLessThan(paused);

  await page.locator('.fig-tools select').focus();
  await page.keyboard.press('p');
  expect(await page.locator('.fig-tools select').inputValue()).toBe('process p1');
  expect(await page.getByRole('button', { name: 'Go on' }).count()).toBe(1);
  await page.locator('.fig-tools select').selectOption('all');
  await page.locator('.lesson-figure').first().focus();
  await page.keyboard.press(' ');
  await page.getByRole('button', { name: 'Pause' }).waitFor();
  await until('all rows', async () => (await rowsOf(page).count()) >= before + 2);

  await page.locator('.seq-row').last().focus();
  await page.keyboard.press('Home');
  expect(await focused(page)).toContain('POST initialize');
  await page.keyboard.press('ArrowDown');
  expect(await focused(page)).toContain('Mcp-Session-Id');
  expect(lesson.troubles).toEqual([]);
});

test('only failures, one process, one session; and a long run folds once another follows it', async () => {
  const { lesson, call } = await forked(8);
  await using _ = lesson;
  const { page } = lesson;
  const show = page.getByLabel('Show');
  await until('the count', async () => (await shownCount(page)) === '10 requests, 7 lost');
  expect(await page.locator('li.group').count()).toBe(0);
  await show.selectOption('failures');
  expect(await rowsOf(page).count()).toBe(14);
  await show.selectOption('process p1');
  expect(await page.locator('.seq-row .sr-only').allInnerTexts()).toSatisfy((all: string[]) =>
    all.every((words) => words.includes('p1')),
  );
  await show.selectOption('all');
  await call('recall');
  await page.locator('li.group').waitFor();
  const group = page.locator('li.group .seq-row');
  expect(await group.textContent()).toContain('8 × POST whoami: 2 answered, 6 lost');
  const folded = await rowsOf(page).count();
  await group.click();
  await until('the rows of the group', async () => (await rowsOf(page).count()) > folded + 15);
  await page.getByRole('button', { name: 'Fold repeats' }).click();
  expect(await page.locator('li.group').count()).toBe(0);
});

test('a process is killed at its head: it is shown dead, and its successor begins with nothing', async () => {
  const { lesson } = await forked(0);
  await using _ = lesson;
  const { page } = lesson;
  const head = page.locator('.proc', { hasText: 'p1' });
  await until('the session in p1', async () => (await textOf(head.locator('.row'))).includes('…'));
  const pid = await head.locator('i').textContent();
  await head.getByRole('button', { name: 'kill p1' }).click();
  await lesson.row('1 session lost');
  await lesson.row('p1 starts again as pid');
  expect(await head.locator('i').textContent()).not.toBe(pid);
  expect(await head.locator('.row').textContent()).toBe('no sessions');
});

test('where the heads begin to be held the page stands still, wherever it is scrolled to', async () => {
  const { lesson } = await forked(12);
  await using _ = lesson;
  const { page } = lesson;
  await until('the count', async () => (await shownCount(page)).startsWith('14 requests'));
  const moved = await page.evaluate(async () => {
    const frames = async () => {
      for (let n = 0; n < 4; n++) await new Promise(requestAnimationFrame);
    };
    const place = document.querySelector('.heads-place') as HTMLElement;
    const top = Number.parseFloat(getComputedStyle(place).scrollMarginTop);
    const begin = Math.round(scrollY + place.getBoundingClientRect().top - top);
    const seen: number[][] = [];
    for (let y = begin - 60; y <= begin + 60; y += 3) {
      scrollTo({ top: y, behavior: 'instant' });
      for (let look = 0; look < 3; look++) {
        await frames();
        if (Math.abs(scrollY - y) > 1) seen.push([y, scrollY]);
      }
    }
    return seen;
  });
  expect(moved).toEqual([]);
});

test('the heads are held below the header of the site while the sequence passes', async () => {
  const { lesson } = await forked(12);
  await using _ = lesson;
  const { page } = lesson;
  await until('the count', async () => (await shownCount(page)).startsWith('14 requests'));
  for (const width of [1440, 360]) {
    await page.setViewportSize({ width, height: 700 });
    // Again until it is so: a row that comes late moves what was scrolled to.
    await until('the heads to be held', async () => {
      await page.evaluate(() => {
        const list = document.querySelector('.seq-rows');
        const { bottom } = list?.getBoundingClientRect() ?? { bottom: 0 };
        window.scrollBy(0, bottom - 300);
      });
      return page.locator('.heads.stuck').isVisible();
    });
    const place = await page.evaluate(() => {
      const heads = document.querySelector('.heads')?.getBoundingClientRect();
      const { x = 0, top = 0 } = heads ?? {};
      return { top, over: document.elementFromPoint(x + 40, top - 4)?.closest('.heads, .seq-rows') === null };
    });
    expect(place.top).toBeGreaterThan(40);
    expect(place.top).toBeLessThan(140);
    expect(place.over).toBe(true);
    expect(await page.locator('.heads .proc b').allInnerTexts()).toEqual(['p1', 'p2', 'p3', 'p4']);
  }
});

test.each([360, 820, 1440])('at %i px: nothing overflows, and axe finds nothing, light and dark', async (width) => {
  const { lesson, call } = await forked(7);
  await using _ = lesson;
  const { page } = lesson;
  await call('recall');
  await page.setViewportSize({ width, height: 900 });
  await page.locator('li.group').waitFor();
  await page.locator('.seq-row', { hasText: 'session not here' }).last().click();
  await page.locator('.detail .verdicts').waitFor();
  for (const theme of ['light', 'dark']) {
    await page.evaluate((value) => {
      document.documentElement.dataset.theme = value;
    }, theme);
    expect(await violationsIn(page, '.lesson-figure')).toEqual([]);
  }
  const wide = await page.evaluate(() =>
    [...document.querySelectorAll('.lesson-figure, .lesson-figure *')]
      .filter((element) => element.closest('.seq-rows') === null || element.matches('.seq-rows'))
      .filter((element) => element.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
      .map((element) => element.className.toString()),
  );
  expect(wide.slice(0, 3)).toEqual([]);
});
