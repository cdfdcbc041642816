import { readFile } from 'node:fs/promises';
import type { Browser } from 'playwright';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launchBrowser } from '../setup/browser.ts';
import { type RunningServer, startServer } from '../setup/server.ts';
import { until } from '../setup/until.ts';
import { inTerminal } from './in-terminal.ts';
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

const open = (search = '', options = {}): Promise<LessonPage> =>
  openLesson(browser, `${server.origin}/playground/${search}`, options);

const chosen = ({ page }: LessonPage, name: 'deployment' | 'connection'): Promise<string> =>
  page.locator(`input[name=${name}]:checked`).inputValue();
const search = ({ page }: LessonPage): string => new URL(page.url()).search;
const lesson5 = 'fork-and-watch-it-break';

describe('what is chosen', () => {
  test('stands in the address: a lesson is an entry of the history, a switch replaces it, and Back works', async () => {
    await using lesson = await open();
    const { page } = lesson;
    await page.locator('.go:not([disabled])').waitFor();
    expect(search(lesson)).toBe('');
    await page.locator('.lesson-choice select').selectOption('watch-one-session');
    await until('the address', () => search(lesson) === '?lesson=watch-one-session');
    await page.locator('.lesson-choice select').selectOption(lesson5);
    await until('the address', () => search(lesson) === `?lesson=${lesson5}`);
    expect(await chosen(lesson, 'deployment')).toBe('forked');
    await page.locator('input[value=kept]').check();
    await until('the address', () => search(lesson) === `?lesson=${lesson5}&connection=kept`);
    await page.goBack();
    await until('lesson 1', async () => (await page.locator('.steps li').count()) === 6);
    expect(await chosen(lesson, 'deployment')).toBe('single');
    await page.goBack();
    await until('no lesson', async () => (await page.locator('.steps').count()) === 0);
    await page.goForward();
    await page.goForward();
    await until('lesson 5', async () => (await page.locator('.steps li').count()) === 8);
    expect(await chosen(lesson, 'connection')).toBe('kept');
    expect(lesson.troubles).toEqual([]);
  });

  test('what nobody knows falls back to what is there at first', async () => {
    await using lesson = await open('?lesson=nonsense&deployment=mainframe&connection=string');
    await lesson.page.locator('.go:not([disabled])').waitFor();
    expect(await chosen(lesson, 'deployment')).toBe('single');
    expect(await lesson.page.locator('.steps').count()).toBe(0);
    await until('the address to say so', () => search(lesson) === '');
    await lesson.goOn('Open a session');
    await lesson.row('p1 to you: 202');
    expect(lesson.troubles).toEqual([]);
  });

  test('a lab begins as it is chosen, and another deployment is another lab in its place', async () => {
    await using lesson = await open('?deployment=forked&connection=kept');
    const { page } = lesson;
    await lesson.goOn('Open a session');
    await lesson.row('p1 to you: 202');
    const endpoint = await lesson.endpoint();
    expect((await lesson.wire())[0]?.body).toMatchObject({ deployment: 'forked', connection: 'kept' });
    await page.locator('input[value=single]').check();
    await until('another lab', async () => (await lesson.endpoint()) !== endpoint);
    expect((await fetch(endpoint, { method: 'POST' })).status).toBe(404);
    await until('one process', async () => (await page.locator('.proc').count()) === 1);
    await lesson.goOn('Open');
    await lesson.row('p1 to you: 202');
    expect(lesson.troubles).toEqual([]);
  });

  test('connections can be switched while the lab runs, by the page and from outside', async () => {
    await using lesson = await open('?deployment=forked');
    const { page } = lesson;
    await lesson.goOn('Open a session');
    await lesson.row('404 Session not found');
    await page.locator('input[value=kept]').check();
    await until('the wire to say so', async () =>
      (await lesson.wire()).some(({ body }) => body.type === 'connection-mode-changed' && body.connection === 'kept'),
    );
    const lab = await page.evaluate(
      () => (JSON.parse(sessionStorage.getItem('lab-page') ?? '{}') as { lab: { id: string; token: string } }).lab,
    );
    await inTerminal(
      `curl -s -X PATCH '${server.origin}/api/labs/${lab.id}' -H 'Authorization: Bearer ${lab.token}' \
       -H 'Content-Type: application/json' -d '{"connection":"fresh"}'`,
    );
    await until('the switch to follow', async () => (await chosen(lesson, 'connection')) === 'fresh');
    expect(lesson.troubles).toEqual([]);
  });
});

describe('the composer', () => {
  test("a call's form is the tool's own schema, and says what does not fit it", async () => {
    await using lesson = await open();
    const { page } = lesson;
    await lesson.goOn('Open a session');
    await lesson.row('p1 to you: 202');
    // Without a list of tools it asks for one.
    await page.locator('.composer [data-act=call]').click();
    await lesson.row('POST tools/list');
    await page.locator('[data-tool]').selectOption('count');
    expect(await page.locator('.tool-form [name=to]').inputValue()).toBe('3');
    expect(await page.locator('#argument-to-says').textContent()).toBe('How far to count · 1 to 100');
    await page.locator('.tool-form [name=to]').fill('101');
    await page.locator('.tool-form [name=everyMs]').fill('soon');
    await page.locator('.tool-form [data-act=call]').click();
    expect(await page.locator('#argument-to-says .bad').textContent()).toBe('From 1 to 100. ');
    expect(await page.locator('#argument-everyMs-says .bad').textContent()).toBe('A number is needed. ');
    expect(await page.evaluate(() => document.activeElement?.getAttribute('name'))).toBe('to');
    expect(await lesson.violations()).toEqual([]);
    await page.locator('.tool-form [name=to]').fill('2');
    await page.locator('.tool-form [name=everyMs]').fill('0');
    await page.locator('.tool-form [data-act=call]').click();
    await lesson.row('POST count {to: 2, everyMs: 0}');
    await lesson.row('progress 2 of 2');
    await page.locator('[data-tool]').selectOption('remember');
    await page.locator('.tool-form [data-act=call]').click();
    expect(await page.locator('#argument-key-says .bad').textContent()).toBe('A value is needed. ');
    await page.locator('.tool-form [name=key]').fill('colour');
    await page.locator('.tool-form [name=value]').fill('green');
    await page.locator('.tool-form [data-act=call]').click();
    await lesson.row('POST remember');
    expect(lesson.troubles).toEqual([]);
  });

  test('whoami as often as the reader says, and a process killed by name', async () => {
    await using lesson = await open('?deployment=forked');
    const { page } = lesson;
    await lesson.goOn('Open a session');
    await lesson.row('404 Session not found');
    await page.locator('form:has([data-act=whoami]) input').fill('8');
    await page.locator('.composer [data-act=whoami]').click();
    await until('the answer in words', async () =>
      (await page.locator('.status').textContent())?.startsWith('6 of 8 calls answered 404'),
    );
    await page.getByLabel('The process to kill').selectOption('p3');
    await page.locator('.composer [data-act=kill]').click();
    await until('the death', async () =>
      (await lesson.wire()).some(({ body }) => body.type === 'process-exited' && body.process === 'p3'),
    );
    expect(lesson.troubles).toEqual([]);
  });

  test('the log as a file: every event of the lab, with its schema', async () => {
    await using lesson = await open();
    await lesson.goOn('Open a session');
    await lesson.row('p1 to you: 202');
    const [download] = await Promise.all([
      lesson.page.waitForEvent('download'),
      lesson.page.locator('[data-act=export]').click(),
    ]);
    const file = JSON.parse(await readFile(await download.path(), 'utf8')) as {
      schema: number;
      events: { id: number }[];
    };
    expect(file.schema).toBe(1);
    expect(file.events).toEqual((await lesson.wire()).slice(0, file.events.length));
    expect(file.events.length).toBeGreaterThan(10);
    expect(lesson.troubles).toEqual([]);
  });
});

describe('coming back', () => {
  test('a reload goes on with the same lab, its choice and its session', async () => {
    await using lesson = await open(`?lesson=${lesson5}&connection=kept`);
    await lesson.goOn('Open a session');
    await lesson.row('p1 to you: 202');
    const endpoint = await lesson.endpoint();
    await lesson.page.reload();
    await lesson.row('p1 to you: 202');
    expect(await lesson.endpoint()).toBe(endpoint);
    expect(await chosen(lesson, 'connection')).toBe('kept');
    await lesson.page.locator('.composer [data-act=list]').click();
    await lesson.row('POST tools/list, session found');
    expect(lesson.troubles).toEqual([]);
  });

  test('out of the back-forward cache the wire goes on after the last event', async () => {
    // Playwright switches this cache off for every page.
    const own = await launchBrowser({ ignoreDefaultArgs: ['--disable-back-forward-cache'] });
    try {
      await using lesson = await openLesson(own, `${server.origin}/playground/`);
      const { page } = lesson;
      await lesson.goOn('Open a session');
      await lesson.row('p1 to you: 202');
      await page.locator('.composer [data-act=listen]').click();
      await lesson.row('0.0 primed');
      await page.evaluate(() => {
        Object.assign(window, { stayed: true });
        window.addEventListener('pageshow', ({ persisted }) => Object.assign(window, { persisted }));
      });
      const endpoint = await lesson.endpoint();
      await page.goto(`${server.origin}/understand/sessions/`);
      await inTerminal(`curl -s -X DELETE '${endpoint}'`);
      const wire = page.waitForRequest((request) => request.url().includes('/wire'));
      // A page that comes out of the cache is not loaded again.
      await page.goBack({ waitUntil: 'commit' });
      expect(await page.evaluate(() => [Reflect.get(window, 'stayed'), Reflect.get(window, 'persisted')])).toEqual([
        true,
        true,
      ]);
      expect(Number((await wire).headers()['last-event-id'])).toBeGreaterThan(0);
      await lesson.row('DELETE session');
      expect(lesson.troubles).toEqual([]);
    } finally {
      await own.close();
    }
  });

  test('a tab that would starve says so, and starts when there is room again', async () => {
    await using lesson = await open();
    const other = await lesson.context.newPage();
    await other.goto(`${server.origin}/404.html`);
    // Other tabs of this browser, which hold five of its six connections.
    await other.evaluate(() => {
      const channel = new BroadcastChannel('lab-in-use');
      channel.onmessage = ({ data }) => {
        if ('ask' in data) channel.postMessage({ inUse: 'theirs', streams: 5 });
      };
    });
    await lesson.goOn('Open a session');
    await until('the page to say so', async () =>
      (await lesson.page.locator('.status').textContent())?.startsWith('Other tabs of this site hold the connections'),
    );
    await other.close();
    await lesson.goOn('Open a session');
    await lesson.row('p1 to you: 202');
    expect(lesson.troubles).toEqual([]);
  });
});

test.each(['light', 'dark'] as const)('axe finds nothing in the playground, %s', async (colorScheme) => {
  await using lesson = await open(`?lesson=${lesson5}`, { colorScheme });
  await lesson.page.locator('.go:not([disabled])').waitFor();
  expect(await lesson.violations()).toEqual([]);
  await lesson.goOn('Open a session');
  await lesson.goOn('Call whoami');
  await lesson.done(2);
  await lesson.page.locator('.own summary').click();
  expect(await lesson.violations()).toEqual([]);
});

test.each([360, 820, 1440])('nothing is cut off at %i px', async (width) => {
  await using lesson = await open(`?lesson=${lesson5}`, { viewport: { width, height: 800 } });
  await lesson.goOn('Open a session');
  await lesson.goOn('Call whoami');
  await lesson.done(2);
  const overflow = await lesson.page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  expect(overflow).toBe(0);
});
