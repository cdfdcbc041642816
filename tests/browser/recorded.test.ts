import type { Browser } from 'playwright';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launchBrowser } from '../setup/browser.ts';
import { startServer } from '../setup/server.ts';
import { until } from '../setup/until.ts';
import { type LessonPage, openLesson } from './lesson-page.ts';
import { servePlainFiles } from './plain-files.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());

const label = ({ page }: LessonPage): Promise<string | null> => page.locator('.lesson .recorded-label').textContent();

describe('when no server answers', () => {
  test('the page plays the recording of its lesson, says so, and its steps are done', async () => {
    await using files = await servePlainFiles();
    await using lesson = await openLesson(browser, `${files.origin}/understand/one-process/`);
    await lesson.page.locator('.lesson').scrollIntoViewIfNeeded();
    await lesson.done(8);
    expect(await label(lesson)).toBe('Recorded');
    const words = (await lesson.page.locator('.recorded').textContent()) ?? '';
    expect(words).toContain('No playground server answers here');
    expect(words).toContain('npm start');
    expect(await lesson.page.locator('.lesson-place .fig-tools .live').textContent()).toBe('recorded');
    expect(await lesson.page.locator('.tally [data-pid]').count()).toBeGreaterThanOrEqual(2);
    expect(await lesson.page.locator('.go').count()).toBe(0);
    expect(await lesson.violations()).toEqual([]);
  });

  test('it takes the time that the real run took, unless it is skipped', async () => {
    await using files = await servePlainFiles();
    await using lesson = await openLesson(browser, files.origin, { reducedMotion: 'no-preference' });
    const { page } = lesson;
    await lesson.row('POST initialize');
    expect(await page.locator('.steps .done').count()).toBeLessThan(6);
    await page.getByRole('button', { name: 'Skip to its end' }).click();
    await lesson.done(6);
    await page.getByRole('button', { name: 'Play it again' }).click();
    await page.getByRole('button', { name: 'Skip to its end' }).waitFor();
    await until('the recording to begin anew', async () => (await page.locator('.steps .done').count()) < 6);
  });

  test('a server that comes back is found by looking again', async () => {
    await using files = await servePlainFiles();
    await using server = await startServer();
    await using lesson = await openLesson(browser, files.origin);
    await lesson.done(6);
    await lesson.page.route('**/{api,labs}/**', async (route) => {
      const { pathname, search } = new URL(route.request().url());
      await route.fulfill({
        response: await route.fetch({ url: `${server.origin}${pathname}${search}`, headers: {} }),
      });
    });
    await lesson.page.getByRole('button', { name: 'Look again' }).click();
    await lesson.page.locator('.go', { hasText: 'Open a session' }).waitFor();
    expect(await lesson.page.locator('.lesson .seq-row').count()).toBe(0);
  });

  test('a server that stopped while the page was open', async () => {
    await using server = await startServer();
    await using lesson = await openLesson(browser, server.origin);
    await lesson.page.locator('.go:not([disabled])').waitFor();
    // A page that finds no server at first plays the recording by itself.
    await lesson.page.waitForFunction(() =>
      performance.getEntriesByType('resource').some(({ name }) => name.endsWith('/api/deployments')),
    );
    // What the page may fetch later stands in the browser's cache or is served by nobody: the recording is asked for now.
    const recording = await fetch(`${server.origin}/recordings/watch-one-session.json`).then((answer) => answer.text());
    await server.stop();
    await lesson.page.route('**/recordings/*', (route) => route.fulfill({ body: recording }));
    await lesson.goOn('Open a session');
    await lesson.done(6);
    expect(await label(lesson)).toBe('Recorded');
  });
});

test('when all labs are busy the recording plays, and the page goes on live when one is free', async () => {
  await using full = await startServer({ env: { LABS_MAX: '1' } });
  await using second = await openLesson(browser, full.origin);
  {
    await using first = await openLesson(browser, full.origin);
    await first.goOn('Open a session');
    await first.row('p1 to you: 202');
    await second.goOn('Open a session');
    await second.done(6);
    expect(await label(second)).toBe('Recorded: all labs are busy');
  }
  await second.page.locator('.composer').waitFor();
  await second.done(1);
  expect(await second.page.locator('.lesson .recorded-label').count()).toBe(0);
  await second.row('p1 to you: 202');
});

test('a recorded figure is in the page as it was built, and can be read once it comes near', async () => {
  await using files = await servePlainFiles();
  await using lesson = await openLesson(browser, `${files.origin}/scale/sticky/`);
  const { page } = lesson;
  const rows = page.locator('.recorded-place .seq-row');
  const built = await rows.count();
  expect(built).toBeGreaterThan(20);
  await rows.first().scrollIntoViewIfNeeded();
  await until('its exchange to open', async () => {
    await rows.first().click();
    return (await page.locator('.recorded-place .detail').count()) === 1;
  });
  expect(await rows.count()).toBe(built);
  expect(lesson.troubles).toEqual([]);
});

describe('without JavaScript, and on paper', () => {
  test('lesson 5 reads: its steps, and a whole real run as a figure and a list', async () => {
    await using files = await servePlainFiles();
    await using lesson = await openLesson(browser, `${files.origin}/understand/one-process/`, {
      javaScriptEnabled: false,
    });
    const { page } = lesson;
    expect(await page.locator('.steps li').count()).toBe(8);
    expect(await page.locator('.no-script').isVisible()).toBe(true);
    expect(await page.locator('.lesson-recorded .recorded-label').textContent()).toBe('Recorded');
    expect(await page.locator('.lesson-recorded .lesson-figure').isVisible()).toBe(true);
    expect(await page.locator('.lesson .lesson-figure').isVisible()).toBe(false);
    const rows = await lesson.rows();
    expect(rows.filter((row) => row.includes('404 Session not found')).length).toBeGreaterThan(6);
    expect(await page.locator('.lesson-recorded .seq-row .flight').count()).toBeGreaterThan(20);
  });

  test('a page that is printed before anything ran takes the recording along, and gives it back', async () => {
    await using server = await startServer();
    await using lesson = await openLesson(browser, `${server.origin}/understand/one-process/`);
    const { page } = lesson;
    await page.locator('.lesson').scrollIntoViewIfNeeded();
    await page.locator('.go:not([disabled])').waitFor();
    expect(await page.locator('.lesson-recorded .seq-row').count()).toBe(0);
    await page.emulateMedia({ media: 'print' });
    await until('the recording', () => page.locator('.lesson-recorded .seq-row').first().isVisible());
    await page.emulateMedia({ media: 'screen' });
    await until('the page as it was', async () => (await page.locator('.lesson-recorded .seq-row').count()) === 0);
  });
});
