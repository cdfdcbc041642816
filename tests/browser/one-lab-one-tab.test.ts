import type { Browser } from 'playwright';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launchBrowser } from '../setup/browser.ts';
import { type RunningServer, startServer } from '../setup/server.ts';
import { until } from '../setup/until.ts';
import { inTerminal } from './in-terminal.ts';
import { lessonIn, openLesson } from './lesson-page.ts';

let server: RunningServer;
let browser: Browser;
beforeAll(async () => {
  [server, browser] = await Promise.all([startServer(), launchBrowser()]);
});
afterAll(async () => {
  await browser.close();
  await server.stop();
});

describe("a reader's own terminal", () => {
  test("curl with the lab's address from the page draws its arrows in the open page", async () => {
    await using lesson = await openLesson(browser, server.origin);
    await lesson.page.getByRole('button', { name: 'or use your own client' }).click();
    const command = (await lesson.page.locator('[data-copyable=initialize] pre').textContent()) ?? '';
    expect(command).toContain(await lesson.endpoint());
    const printed = await inTerminal(command);
    expect(printed).toMatch(/^HTTP\/1\.1 200 /);
    await lesson.row('POST initialize, session created');
    await lesson.row('200 Mcp-Session-Id');
    expect(await lesson.page.locator('.lesson-place .seq-row .strip .agent').allTextContents()).toEqual([' curl']);
    // Whoever did it, the step is done, and the process has a row for it.
    expect(await lesson.page.locator('.steps .done').count()).toBe(1);
    expect(await lesson.page.locator('.lesson-place .proc .row').textContent()).toContain('2025-11-25');
    expect(lesson.troubles).toEqual([]);
  });

  test("a call with the reader's own session, and an exchange copied as curl, run as they stand", async () => {
    await using lesson = await openLesson(browser, server.origin, {
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    await lesson.goOn('Open a session');
    await lesson.row('p1 to you: 202');
    await lesson.page.locator('.own summary').click();
    const count = (await lesson.page.locator('[data-copyable=count] pre').textContent()) ?? '';
    expect(await inTerminal(count)).toContain('"id":"curl-1","result"');
    await lesson.row('POST count {to: 3, everyMs: 500}');
    await lesson.row('1.3 progress 3 of 3');

    await lesson.goOn('List the tools');
    await lesson.row('POST tools/list');
    await lesson.page.locator('.lesson-place .seq-row', { hasText: 'tools/list' }).click();
    await lesson.page.getByRole('button', { name: 'Copy as curl' }).click();
    await until(
      'the confirmation',
      async () => (await lesson.page.locator('.status').textContent()) === 'Copied as curl.',
    );
    const copied = await lesson.page.evaluate(() => navigator.clipboard.readText());
    const printed = await inTerminal(copied);
    expect(printed).toMatch(/^HTTP\/1\.1 200 /);
    expect(printed).toContain('"name":"count"');
    await lesson.row('3.1 result, stream ends');
    expect(lesson.troubles).toEqual([]);
  });
});

describe('one lab, one tab', () => {
  test('a reload goes on with the same lab, the same session and the same figure', async () => {
    await using lesson = await openLesson(browser, server.origin);
    await lesson.goOn('Open a session');
    await lesson.row('p1 to you: 202');
    const endpoint = await lesson.endpoint();
    const before = await lesson.rows();
    await lesson.page.reload();
    await lesson.row('p1 to you: 202');
    expect(await lesson.rows()).toEqual(before);
    expect(await lesson.endpoint()).toBe(endpoint);
    // What was there before does not travel again.
    expect(await lesson.page.locator('.lesson-place .seq li.new').count()).toBe(0);
    await lesson.goOn('List the tools');
    await lesson.row('1.1 result, stream ends');
    expect(lesson.troubles).toEqual([]);
  });

  test('the next page of the site goes on with it, and its snippets carry the session', async () => {
    await using lesson = await openLesson(browser, server.origin);
    await lesson.goOn('Open a session');
    await lesson.row('p1 to you: 202');
    const endpoint = await lesson.endpoint();
    await lesson.page.goto(`${server.origin}/start/watch-a-session/`);
    await lesson.row('p1 to you: 202');
    const { session } = JSON.parse((await lesson.page.evaluate(() => sessionStorage.getItem('lab'))) ?? '{}') as {
      session: string;
    };
    const marks = await lesson.page.locator('lab-snippet mark[data-value=session]').allTextContents();
    expect(marks.length).toBeGreaterThan(0);
    expect(new Set(marks)).toEqual(new Set([session]));
    const endpoints = await lesson.page.locator('lab-snippet mark[data-value=endpoint]').allTextContents();
    expect(new Set(endpoints)).toEqual(new Set([endpoint]));
    expect(lesson.troubles).toEqual([]);
  });

  test("the page's snippets take the session when it opens, and give it back when it ends", async () => {
    await using lesson = await openLesson(browser, `${server.origin}/start/watch-a-session/`);
    const marks = (): Promise<string[]> =>
      lesson.page.locator('lab-snippet mark[data-value=session]').allTextContents();
    const plain = await marks();
    await lesson.goOn('Open a session');
    await lesson.row('p1 to you: 202');
    const filled = await marks();
    expect(filled).not.toEqual(plain);
    const shown = await lesson.page.locator('.lesson-place .proc .row').textContent();
    expect(shown).toContain(`${filled[0]?.slice(0, 4)}…${filled[0]?.slice(-2)}`);
    await lesson.page.locator('.composer [data-act=end]').click();
    await lesson.row('200 session ended');
    await until('the plain snippets', async () => (await marks()).join() === plain.join());
    expect(lesson.troubles).toEqual([]);
  });

  test('a duplicated tab starts a lab of its own', async () => {
    await using lesson = await openLesson(browser, server.origin);
    await lesson.goOn('Open a session');
    await lesson.row('p1 to you: 202');
    // A window opened by a page begins with a copy of its sessionStorage, as a duplicated tab does.
    const [second] = await Promise.all([
      lesson.context.waitForEvent('page'),
      lesson.page.evaluate(() => void window.open(location.href)),
    ]);
    const copy = lessonIn(second);
    await copy.goOn('Open a session');
    await copy.row('p1 to you: 202');
    expect(await copy.endpoint()).not.toBe(await lesson.endpoint());
    await lesson.goOn('List the tools');
    await lesson.row('1.1 result, stream ends');
    expect((await copy.rows()).some((row) => row.includes('tools/list'))).toBe(false);
    expect([...lesson.troubles, ...copy.troubles]).toEqual([]);
  });

  test('a lab that ends says so, keeps its log, and one click starts another', async () => {
    await using lesson = await openLesson(browser, server.origin);
    await lesson.goOn('Open a session');
    await lesson.row('p1 to you: 202');
    const before = await lesson.endpoint();
    await lesson.page.evaluate(async () => {
      const { lab } = JSON.parse(sessionStorage.getItem('lab-page') ?? '{}') as { lab: { id: string; token: string } };
      await fetch(`/api/labs/${lab.id}`, { method: 'DELETE', headers: { authorization: `Bearer ${lab.token}` } });
    });
    await lesson.row('This lab was deleted.');
    await until('the notice', async () =>
      (await lesson.page.locator('.status').textContent())?.includes('This lab is over'),
    );
    expect(await lesson.rows()).toContain('p1 to you: 202');
    expect(await lesson.page.evaluate(() => sessionStorage.getItem('lab'))).toBeNull();
    await lesson.goOn('Open another session');
    await until(
      'another lab',
      async () => (await lesson.page.locator('.own').count()) > 0 && (await lesson.endpoint()) !== before,
    );
    await lesson.row('p1 to you: 202');
    expect(await lesson.rows()).toHaveLength(4);
    expect(lesson.troubles).toEqual([]);
  });
});

describe('a lab that nobody uses', () => {
  test('warns before it ends, and one click keeps it', async () => {
    // The warning comes in the last fifth of the time, which is three seconds here.
    await using impatient = await startServer({ env: { LAB_IDLE_TIMEOUT_MS: '15000' } });
    await using lesson = await openLesson(browser, impatient.origin);
    await lesson.goOn('Open a session');
    const warning = lesson.page.locator('.idle');
    await warning.waitFor();
    expect(await warning.textContent()).toMatch(/It ends in \d+ s\./);
    await warning.getByRole('button', { name: 'Keep it' }).click();
    await warning.waitFor({ state: 'detached' });
    expect(lesson.troubles).toEqual([]);
  });

  test('a hidden page lets its connection go after 30 s, and goes on after the last event when it is seen again', async () => {
    await using lesson = await openLesson(browser, server.origin);
    const { page } = lesson;
    await lesson.goOn('Open a session');
    await lesson.row('p1 to you: 202');
    const wires: (string | undefined)[] = [];
    page.on('request', (request) => {
      if (request.url().includes('/wire')) wires.push(request.headers()['last-event-id']);
    });
    await page.clock.install();
    const show = (state: 'hidden' | 'visible'): Promise<void> =>
      page.evaluate((now) => {
        Object.defineProperty(document, 'visibilityState', { value: now, configurable: true });
        document.dispatchEvent(new Event('visibilitychange'));
      }, state);
    const letGo = page.waitForEvent('requestfailed', (request) => request.url().includes('/wire'));
    await show('hidden');
    await page.clock.runFor(30_000);
    await letGo;
    expect(wires).toEqual([]);
    await inTerminal(`curl -s -X DELETE '${await lesson.endpoint()}'`);
    await show('visible');
    await until('the wire to be asked for again', () => wires.length > 0);
    expect(Number(wires[0])).toBeGreaterThan(0);
    await page.clock.resume();
    await lesson.row('DELETE session');
    expect(lesson.troubles).toEqual([]);
  });
});
