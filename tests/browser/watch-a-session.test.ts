import type { Browser } from 'playwright';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
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
  await browser.close();
  await server.stop();
});

/** Records what the figure shows each time that it changes: the only way to say what was there at once. */
async function recordFigure({ page }: LessonPage): Promise<() => Promise<string[][]>> {
  await page.evaluate(() => {
    const seen: string[][] = [];
    Object.assign(window, { seen });
    const look = (): void => {
      seen.push([...document.querySelectorAll('.seq-row .sr-only')].map(({ textContent }) => textContent ?? ''));
    };
    new MutationObserver(look).observe(document.querySelector('.seq') as Element, {
      childList: true,
      characterData: true,
      subtree: true,
    });
  });
  return () => page.evaluate(() => (window as unknown as { seen: string[][] }).seen);
}

/** Whether a row with these words was shown at a moment when none with those was. */
function shownBefore(states: string[][], words: string, those: string): boolean {
  return states.some((rows) => rows.some((row) => row.includes(words)) && !rows.some((row) => row.includes(those)));
}

async function wholeLesson(lesson: LessonPage): Promise<void> {
  await lesson.goOn('Open a session');
  await lesson.row('p1 to you: 202');
  await lesson.goOn('List the tools');
  await lesson.row('1.1 result, stream ends');
  await lesson.goOn('Call count');
  await lesson.row('2.4 result, stream ends');
  await lesson.goOn('Open the GET stream');
  await lesson.row('0.0 primed');
  await lesson.goOn('Announce a change');
  await lesson.row('0.1 tools/list_changed');
  await lesson.row('3.1 result, stream ends');
  await lesson.goOn('End the session');
  await lesson.row('200 session ended');
  await lesson.row('stream 0 ends');
}

describe('lesson 1 on the landing page', () => {
  test('each progress event of count appears as its own arrow while the call runs', async () => {
    await using lesson = await openLesson(browser, server.origin);
    await lesson.goOn('Open a session');
    await lesson.row('POST initialize, session created');
    await lesson.goOn('List the tools');
    await lesson.row('1.1 result, stream ends');
    const recorded = await recordFigure(lesson);
    await lesson.goOn('Call count');
    await lesson.row('2.1 progress 1 of 3');
    await lesson.row('2.4 result, stream ends');
    const states = await recorded();
    expect(shownBefore(states, '2.0 primed', 'progress 1 of 3')).toBe(true);
    expect(shownBefore(states, 'progress 1 of 3', 'progress 2 of 3')).toBe(true);
    expect(shownBefore(states, 'progress 2 of 3', 'progress 3 of 3')).toBe(true);
    const arrows = await lesson.page.locator('.lesson-place .seq-row:has-text("progress") .flight.event').count();
    expect(arrows).toBe(3);
    expect(lesson.troubles).toEqual([]);
  });

  test('an announcement arrives on the GET stream, as an arrow of that stream', async () => {
    await using lesson = await openLesson(browser, server.origin);
    await wholeLesson(lesson);
    expect(await lesson.rows()).toEqual(expect.arrayContaining(['p1 to you: 0.1 tools/list_changed']));
    await lesson.page.locator('.lesson-place .seq-row', { hasText: '0.1 tools/list_changed' }).click();
    const detail = lesson.page.locator('.detail');
    expect(await detail.locator('.chip.stream').textContent()).toBe('stream 0');
    expect(await detail.locator('.m').textContent()).toContain('GET');
    expect(await detail.locator('.says').textContent()).toContain('the standalone stream');
    expect(await detail.locator('.chosen').allTextContents()).toEqual([
      'id: 0.1\n',
      expect.stringContaining('notifications/tools/list_changed'),
    ]);
    // Its bar was open beside the one of the call that caused it.
    const bars = await lesson.page.locator('.lesson-place .seq-row:has-text("0.1 tools/list_changed") .track').count();
    expect(bars).toBe(2);
    expect(await lesson.page.locator('.steps .done').count()).toBe(6);
    expect(lesson.troubles).toEqual([]);
  });

  test('the keyboard alone does the whole lesson', async () => {
    await using lesson = await openLesson(browser, server.origin, {
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    const { page } = lesson;
    const focused = (): Promise<string> => page.evaluate(() => document.activeElement?.textContent ?? '');
    await page.locator('.go:not([disabled])').waitFor();
    await until('Tab to reach the button', async () => {
      await page.keyboard.press('Tab');
      return (await focused()) === 'Open a session';
    });
    const labels: [string, string][] = [
      ['Open a session', 'p1 to you: 202'],
      ['List the tools', '1.1 result, stream ends'],
      ['Call count', '2.4 result, stream ends'],
      ['Open the GET stream', '0.0 primed'],
      ['Announce a change', '0.1 tools/list_changed'],
      ['End the session', '200 session ended'],
    ];
    for (const [label, row] of labels) {
      // The focus stays where it is: the same button goes on with the lesson.
      await until(`the button to say "${label}"`, async () => (await focused()) === label);
      await until('the button to be ready', () => page.locator('.go:not([aria-disabled="true"])').count());
      await page.keyboard.press('Enter');
      await lesson.row(row);
    }
    await until('Tab to reach the sequence', async () => {
      await page.keyboard.press('Tab');
      return page.evaluate(() => document.activeElement?.classList.contains('seq-row'));
    });
    await page.keyboard.press('Home');
    expect(await focused()).toContain('POST initialize');
    await page.keyboard.press('Enter');
    const says = page.locator('.detail .says');
    await until('the sentence on initialize', async () =>
      (await says.textContent())?.includes('The handshake begins.'),
    );
    await page.keyboard.press('ArrowDown');
    await until('the sentence on its answer', async () =>
      (await says.textContent())?.includes('The session has its name.'),
    );
    await page.keyboard.press('c');
    await until('the confirmation', async () => (await page.locator('.status').textContent()) === 'Copied as curl.');
    const command = await page.evaluate(() => navigator.clipboard.readText());
    expect(command).toMatch(/^curl -i 'http:\/\/.+\/labs\/.+\/mcp' \\\n/);
    await page.keyboard.press('Escape');
    expect(await page.locator('.detail').count()).toBe(0);
    expect(await focused()).toContain('200 Mcp-Session-Id');
    expect(lesson.troubles).toEqual([]);
  });

  test('a call goes on while another act is sent', async () => {
    await using lesson = await openLesson(browser, server.origin);
    await lesson.goOn('Open a session');
    await lesson.row('p1 to you: 202');
    const { page } = lesson;
    await page.locator('.composer [data-act=call]').click();
    await lesson.row('1.1 result, stream ends');
    await page.locator('.tool-form [name=to]').fill('2');
    await page.locator('.tool-form [name=everyMs]').fill('1500');
    await page.locator('.tool-form [data-act=call]').click();
    await lesson.row('POST count {to: 2, everyMs: 1500}');
    await page.locator('.composer [data-act=list]').click();
    await lesson.row('3.1 result, stream ends');
    await lesson.row('2.3 result, stream ends');
    const rows = await lesson.rows();
    const place = (words: string): number => rows.findIndex((row) => row.includes(words));
    expect(place('3.1 result')).toBeLessThan(place('2.3 result'));
    expect(lesson.troubles).toEqual([]);
  });
});

describe('the look of it', () => {
  test.each(['light', 'dark'] as const)('axe finds nothing in the running lesson, %s', async (colorScheme) => {
    await using lesson = await openLesson(browser, server.origin, { colorScheme });
    const violations = () => violationsIn(lesson.page, '.landing-hero');
    expect(await violations()).toEqual([]);
    await wholeLesson(lesson);
    await lesson.page.locator('.lesson-place .seq-row', { hasText: '2.2 progress' }).click();
    await lesson.page.locator('.own summary').click();
    expect(await violations()).toEqual([]);
  });

  test.each([360, 820, 1440])('nothing is cut off at %i px', async (width) => {
    await using lesson = await openLesson(browser, `${server.origin}/start/watch-a-session/`, {
      viewport: { width, height: 800 },
    });
    await wholeLesson(lesson);
    await lesson.page.locator('.lesson-place .seq-row', { hasText: '2.2 progress' }).click();
    await lesson.page.locator('.own summary').click();
    const overflow = await lesson.page.evaluate(() => {
      const { scrollWidth, clientWidth } = document.documentElement;
      return scrollWidth - clientWidth;
    });
    expect(overflow).toBe(0);
    const small = await lesson.page
      .locator('#lesson :is(button, summary, input)')
      .evaluateAll((all) =>
        all.filter((one) => one.getBoundingClientRect().height < 24).map(({ outerHTML }) => outerHTML),
      );
    expect(small).toEqual([]);
    const inWords = lesson.page.locator('.lesson-place .seq-row .lab em').first();
    expect(await inWords.isVisible()).toBe(width === 360);
  });

  test.each([
    ['reduce', 'none'],
    ['no-preference', 'travel'],
  ] as const)('motion: %s', async (reducedMotion, animation) => {
    await using lesson = await openLesson(browser, server.origin, { reducedMotion });
    await lesson.goOn('Open a session');
    await lesson.row('POST initialize');
    const name = await lesson.page
      .locator('.lesson-place .seq li.new .flight')
      .first()
      .evaluate((arrow) => getComputedStyle(arrow).animationName);
    expect(name).toBe(animation);
  });

  test('without JavaScript the page says what the button would do', async () => {
    await using lesson = await openLesson(browser, server.origin, { javaScriptEnabled: false });
    expect(await lesson.page.locator('.no-script').isVisible()).toBe(true);
    expect(await lesson.page.locator('.lesson .lane').allTextContents()).toEqual(['you', 'p1not startedno sessions']);
    expect(await lesson.page.locator('.steps li').count()).toBe(6);
  });
});
