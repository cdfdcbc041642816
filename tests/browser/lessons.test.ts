import type { Browser } from 'playwright';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchBrowser } from '../setup/browser.ts';
import { type RunningServer, startServer } from '../setup/server.ts';
import { until } from '../setup/until.ts';
import { type LessonPage, openLesson } from './lesson-page.ts';

// Every lesson that has no page of its own in these tests, done in the playground with its one button.

let server: RunningServer;
let browser: Browser;
beforeAll(async () => {
  [server, browser] = await Promise.all([startServer(), launchBrowser()]);
});
afterAll(async () => {
  await browser.close();
  await server.stop();
});

const open = (lesson: string, options = {}): Promise<LessonPage> =>
  openLesson(browser, `${server.origin}/playground/?lesson=${lesson}`, options);

/** What was seen in each step, as the list of steps says. */
const seen = ({ page }: LessonPage): Promise<string[]> => page.locator('.steps .done i').allTextContents();

/** Presses the button as often as there are labels, and waits after each for so many steps. */
async function press(lesson: LessonPage, presses: readonly [label: string, done: number][]): Promise<void> {
  for (const [label, done] of presses) {
    await lesson.goOn(label);
    await lesson.done(done);
  }
}

test('[E1] lesson 2: progress on the stream of its call, a change on the stream of the GET', async () => {
  await using lesson = await open('the-other-stream');
  await press(lesson, [
    ['Open a session', 1],
    ['Open the GET stream', 2],
    ['Call count', 3],
    ['Announce a change', 4],
    ['Close the GET stream', 4],
    ['Announce a change', 5],
    ['Open the GET stream', 6],
  ]);
  const words = await seen(lesson);
  expect(words[4]).toContain('no connection carried it');
  expect(words[5]).toContain('as soon as the stream was open');
  expect(lesson.troubles).toEqual([]);
});

test('[E8] lesson 3, by keyboard alone: what broke off is gone on with, and explained in its row', async () => {
  await using lesson = await open('lose-the-connection');
  const { page } = lesson;
  await page.locator('.go:not([disabled])').waitFor();
  const focused = (selector: string): Promise<boolean> =>
    page.evaluate((wanted) => document.activeElement?.matches(wanted) ?? false, selector);
  const tabTo = async (selector: string): Promise<void> => {
    for (let tabs = 0; tabs < 80 && !(await focused(selector)); tabs += 1) await page.keyboard.press('Tab');
    expect(await focused(selector)).toBe(true);
  };
  await tabTo('.go');
  const steps = [
    ['Open a session', 1],
    ['Call hang_up', 2],
    ['Resume with Last-Event-ID', 4],
    ['List the tools', 5],
  ] as const;
  for (const [label, done] of steps) {
    await page.locator('.go:not([aria-disabled="true"])', { hasText: label }).waitFor();
    await page.keyboard.press('Enter');
    await lesson.done(done);
  }
  expect((await seen(lesson))[3]).toContain('steps 1, 2, 3, 4, and the answer');
  await tabTo('[data-row]');
  await page.keyboard.press('Home');
  const rows = await lesson.rows();
  const resume = rows.findIndex((row) => row.includes('GET resume after'));
  for (let down = 0; down < resume; down += 1) await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.locator('.detail', { hasText: 'The client comes back for the rest.' }).waitFor();
  await page.keyboard.press('Escape');
  await page.locator('.detail').waitFor({ state: 'detached' });
  expect(lesson.troubles).toEqual([]);
});

test('lesson 6: each session works always or never, and its calls all go to one process', async () => {
  await using lesson = await open('the-hash-trap');
  await press(lesson, [
    ['Open a session', 1],
    ['Call whoami', 2],
    ['Open 8 sessions', 3],
    ['Keep the connection', 3],
    ['Call whoami', 4],
  ]);
  expect((await seen(lesson))[2]).toMatch(/(\d) of \d sessions always work, \d never/);
  expect(lesson.troubles).toEqual([]);
});

test('lesson 7: affinity finds the session until its process dies', async () => {
  await using lesson = await open('sticky-then-kill');
  await press(lesson, [
    ['Open a session', 1],
    ['Call whoami', 2],
    ['Kill p', 3],
    ['Call whoami', 4],
    ['Open another session', 5],
  ]);
  const words = await seen(lesson);
  expect(words[1]).toContain('4 of 4 found');
  expect(words[3]).toContain('404 from p');
  expect(lesson.troubles).toEqual([]);
});

test('[B2] [B5] [C1] lesson 8: an answer through another process, a kill in mid-call, its end told elsewhere', async () => {
  await using lesson = await open('share-the-state');
  const { page } = lesson;
  await press(lesson, [
    ['Open a session', 1],
    ['Call whoami', 2],
    ['Call ask', 2],
  ]);
  await page.locator('form.question [name=answer]').fill('Ada');
  await press(lesson, [
    ['Answer', 3],
    ['Call count to 30', 3],
  ]);
  await lesson.row('progress 2 of 30');
  await press(lesson, [
    ['Kill p', 4],
    ['Resume', 5],
    ['Call whoami', 6],
  ]);
  const words = await seen(lesson);
  expect(words[1]).toMatch(/(\d) of \1 found, in p1, p2, p3 and p4$/);
  const [, asker, taker, heard] = /(p\d) asked, (p\d) took the answer, (p\d) had it$/.exec(words[2] ?? '') ?? [];
  expect([heard, taker === asker]).toEqual([asker, false]);
  const dead = /(p\d) died after event \d+\.\d+$/.exec(words[3] ?? '')?.[1];
  const [, teller, seconds] = /(p\d) wrote the error, ([\d.]+) s after the death$/.exec(words[4] ?? '') ?? [];
  expect([dead === undefined, teller === undefined, teller === dead]).toEqual([false, false, false]);
  expect(Number(seconds)).toBeLessThan(10);
  expect(words[5]).toMatch(/all \d found, by p/);
  // It was killed by its button, and the page knew which process was running the call.
  expect((await lesson.wire()).find(({ body }) => body.type === 'kill-requested')?.body).toMatchObject({
    process: dead,
  });
  expect((await lesson.wire()).filter(({ body }) => body.type === 'session-missing')).toEqual([]);
  // Each process shows the session that it read from the store, and what is said of a kill is true here.
  expect(await page.locator('.proc .row.none').count()).toBe(0);
  await page
    .locator('[data-row]', { hasText: /ended \(pid \d+, SIGKILL\)/ })
    .first()
    .click();
  await page.locator('.detail', { hasText: 'are in the store' }).waitFor();
  // The browser reports the answer that broke off, and nothing else.
  expect(lesson.troubles.filter((trouble) => !trouble.includes('ERR_INCOMPLETE_CHUNKED_ENCODING'))).toEqual([]);
});

test('[M1] lesson 9: four processes, no session in any of them, and a stream of its own for who listens', async () => {
  await using lesson = await open('no-session-at-all');
  const { page } = lesson;
  await press(lesson, [
    ['Ask server/discover', 1],
    ['Call whoami', 2],
    ['Call count', 3],
    ['Kill p', 4],
    ['Call whoami', 5],
  ]);
  expect(await page.locator('.proc .row.none').count()).toBe(4);
  await page.locator('.composer [data-act=listen]').click();
  await lesson.row('200 subscriptions/acknowledged');
  expect((await lesson.wire()).filter(({ session, stream }) => session ?? stream)).toEqual([]);
  await page.locator('[data-row]', { hasText: 'acknowledged' }).click();
  await page.locator('.detail', { hasText: '2026-07-28 · Subscriptions' }).waitFor();
  await page.locator('.composer [data-act=hang-up]').click();
  await lesson.row('its stream: connection closed');
  expect(lesson.troubles).toEqual([]);
});

test.each(['/playground/?lesson=what-modern-leaves', '/scale/modern/'])(
  '[L4] [I3] lesson 10, %s: what is lost apart, and then a bus and a key',
  async (path) => {
    await using lesson = await openLesson(browser, server.origin + path);
    const { page } = lesson;
    await press(lesson, [
      ['Listen for changes', 1],
      ['Listen for changes', 2],
      ['Announce 4 changes', 3],
      ['Call ask', 4],
    ]);
    await page.locator('form.question [name=answer]').fill('Ada');
    await press(lesson, [['Answer', 5]]);
    const [, , missed, , refused] = await seen(lesson);
    expect(missed).toContain('4 announced; heard in p1: 1, in p2: 1');
    expect(refused).toContain('400 from p4, which cannot open what p3 sealed');
    await page.locator('[data-row]', { hasText: '400 Invalid requestState' }).click();
    await page.locator('.detail', { hasText: 'sealed with a key that p4 does not have' }).waitFor();
    expect(await lesson.violations()).toEqual([]);

    await press(lesson, [
      ['The same with a bus and one key', 0],
      ['Listen for changes', 1],
      ['Listen for changes', 2],
      ['Announce 4 changes', 3],
      ['Call ask', 4],
    ]);
    await page.locator('form.question [name=answer]').fill('Ada');
    await press(lesson, [['Answer', 5]]);
    const [, , heard, , opened] = await seen(lesson);
    expect(heard).toContain('both heard each of 4 changes once');
    expect(opened).toContain('p4 opened what p3 had sealed');
    if (path.startsWith('/playground/')) {
      expect(new URL(page.url()).searchParams.get('lesson')).toBe('a-bus-and-a-key');
      await page.goBack();
      await page.locator('.go', { hasText: 'Listen for changes' }).waitFor();
      await lesson.done(0);
    }
    // The browser reports the answer that was refused, and nothing else.
    expect(lesson.troubles.filter((trouble) => !trouble.includes('status of 400'))).toEqual([]);
  },
);

test.each(['light', 'dark'] as const)('axe finds nothing with every panel open, %s', async (colorScheme) => {
  await using lesson = await open('the-other-stream', { colorScheme });
  const { page } = lesson;
  await press(lesson, [
    ['Open a session', 1],
    ['Open the GET stream', 2],
  ]);
  await page.locator('.composer [data-act=list]').click();
  await page.locator('[data-tool]').waitFor();
  await page.locator('.break-it summary').click();
  await page.locator('[data-fault=buffer] [type=submit]').click();
  await page.locator('[data-fault=buffer] .in-effect').waitFor();
  await page.locator('.raw-request summary').click();
  await page.locator('[data-act=take]').click();
  await page.locator('.own summary').click();
  await fetch(await lesson.endpoint(), { method: 'POST', headers: { 'User-Agent': 'curl/8' }, body: '{}' });
  await page.locator('.checklist [data-client]').waitFor();
  await page.locator('[data-row]').last().click();
  await page.locator('.detail').waitFor();
  expect(await lesson.violations()).toEqual([]);
});

test('a fault is drawn where it was injected, and taken back', async () => {
  await using lesson = await open('the-other-stream');
  const { page } = lesson;
  await press(lesson, [['Open a session', 1]]);
  await page.locator('.break-it summary').click();
  await page.locator('[data-fault=buffer] [type=submit]').click();
  await lesson.row('fault: answers are held back until 4096 bytes');
  await page.locator('[data-fault=buffer] button:has-text("Take back")').click();
  await lesson.row('buffer taken back');
  await until('nothing to be in effect', async () => (await page.locator('.in-effect').count()) === 0);
  await page.locator('[data-fault=emit] button').click();
  await lesson.row('p1 emits notifications/tools/list_changed');
  await page.locator('[data-fault=expire-session] button').click();
  await lesson.row('expired in p1');
  expect(lesson.troubles).toEqual([]);
});

test.each(['light', 'dark'] as const)(
  '[B6] the store has a lifeline, and is out of reach for a while, %s',
  async (colorScheme) => {
    await using lesson = await open('share-the-state', { colorScheme, viewport: { width: 1440, height: 1000 } });
    const { page } = lesson;
    await press(lesson, [
      ['Open a session', 1],
      ['Call whoami', 2],
    ]);
    const store = page.locator('.proc.store');
    expect(await store.textContent()).toContain('store.db');
    const id = (await page.locator('.proc.store .row').first().textContent()) ?? '';
    expect(await store.locator('.row.lit').count()).toBe(1);
    await lesson.row('session found in the store');
    // Each look into the store is drawn with its request, and the calls one by one when they are asked for.
    expect(await page.locator('.look circle').count()).toBe(
      (await lesson.rows()).filter((row) => row.includes('in the store')).length,
    );
    expect((await lesson.rows()).filter((row) => row.includes('to store'))).toEqual([]);
    await page.getByRole('button', { name: 'Every store call' }).click();
    await lesson.row('to store: sessions.admit found');
    await page.locator('[data-row]', { hasText: 'sessions.admit found' }).last().click();
    await page.locator('.detail', { hasText: 'Is there such a session?' }).waitFor();
    expect(await lesson.violations()).toEqual([]);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Every store call' }).click();

    await page.locator('.break-it summary').click();
    const outage = page.locator('[data-fault=store-down]');
    await outage.getByRole('button', { name: /out of reach/ }).click();
    await lesson.row('fault: no process reaches the store for 6000 ms');
    await store.locator('.dead', { hasText: 'out of reach' }).waitFor();
    await lesson.goOn('Call ask');
    await lesson.row('POST ask, store out of reach');
    await lesson.row('503 The session storage');
    expect(await lesson.violations()).toEqual([]);
    await outage.getByRole('button', { name: 'Take back' }).click();
    await lesson.row('the store can be reached again');
    await store.locator('.row', { hasText: id }).waitFor();
    await lesson.goOn('Call ask');
    await page.locator('form.question [name=answer]').waitFor();

    await page.setViewportSize({ width: 360, height: 800 });
    expect(await store.isVisible()).toBe(true);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
    expect(await lesson.violations()).toEqual([]);
    expect(lesson.troubles).toEqual([]);
  },
);

test('[C1] lesson 4: a form asks, the answer is a POST of its own, and it finds the call that waits', async () => {
  await using lesson = await open('the-server-asks-back');
  const { page } = lesson;
  await press(lesson, [
    ['Open a session', 1],
    ['Call ask', 2],
  ]);
  const form = page.locator('form.question');
  await form.locator('[name=answer]').waitFor();
  expect(await form.locator('.question-words').textContent()).toContain('What should I call you?');
  expect(await lesson.violations()).toEqual([]);
  // The schema says that an answer may be empty; what it calls needed is sent all the same.
  await form.locator('[name=answer]').fill('Ada');
  await press(lesson, [['Answer', 4]]);
  await form.waitFor({ state: 'detached' });
  await lesson.row('you to p1: POST response to');
  expect((await lesson.wire()).some(({ body }) => body.type === 'client-answered' && body.waiting)).toBe(true);
  await press(lesson, [
    ['Call ask', 4],
    ['Decline', 5],
    ['Call ask', 5],
    ['Close the question', 6],
  ]);
  await page.locator('[data-row]', { hasText: 'elicitation/create' }).first().click();
  await page.locator('.detail', { hasText: 'The server asks the client.' }).waitFor();
  expect(lesson.troubles).toEqual([]);
});

test('[I1] in the modern era the call comes back with the question, and is sent again with the answer', async () => {
  await using lesson = await openLesson(browser, `${server.origin}/playground/?era=modern`);
  const { page } = lesson;
  await lesson.goOn('Ask server/discover');
  await lesson.row('200 result');
  await page.locator('.composer [data-act=call]').click();
  await page.locator('[data-tool]').selectOption('ask');
  await page.locator('.tool-form [data-act=call]').click();
  await page.locator('form.question [name=answer]').fill('Ada');
  await page.locator('form.question [data-act=answer]').click();
  await lesson.row('POST ask with the answers');
  await until('its result', async () => (await lesson.rows()).at(-1)?.includes('200 result'));
  const rows = await lesson.rows();
  expect(rows.filter((row) => row.includes('200 input required'))).toHaveLength(1);
  await page.locator('[data-row]', { hasText: 'input required' }).click();
  await page.locator('.detail', { hasText: 'Multi Round-Trip Requests' }).waitFor();
  expect(lesson.troubles).toEqual([]);
});

test('lesson 11: a buffer holds events back, an idle cut breaks the stream, and each is cured', async () => {
  await using lesson = await open('a-proxy-in-the-way');
  await press(lesson, [
    ['Open a session', 1],
    ['Call count', 2],
    ['Hold answers back', 2],
    ['Call count', 3],
    ['Take the buffer back', 3],
    ['Call count', 4],
    ['Cut what is quiet', 4],
    ['Open the GET stream', 5],
    ['Announce a change', 6],
    ['Resume with Last-Event-ID', 7],
    ['Take the cut back', 7],
    ['Resume with Last-Event-ID', 8],
  ]);
  const words = await seen(lesson);
  expect(words[2]).toContain('5 events in one piece');
  expect(words[6]).toContain('had waited');
  // The browser reports the connection that was cut, and nothing else.
  expect(lesson.troubles.filter((trouble) => !trouble.includes('ERR_INCOMPLETE_CHUNKED_ENCODING'))).toEqual([]);
});

test('a request is edited and sent as it stands, and copied in other languages', async () => {
  await using lesson = await open('watch-one-session', { permissions: ['clipboard-read', 'clipboard-write'] });
  const { page } = lesson;
  await press(lesson, [
    ['Open a session', 1],
    ['List the tools', 2],
  ]);
  await page.locator('.raw-request summary').click();
  await page.locator('[data-act=take]').click();
  const field = page.getByLabel('Method, headers, an empty line, body');
  const text = await field.inputValue();
  expect(text).toMatch(/^POST\n/);
  expect(text).toMatch(/^mcp-session-id: [0-9a-f-]{30,}$/im);
  await field.fill('POST\nno colon\n\n{}');
  await page.locator('[data-act=send-raw]').click();
  await page.locator('#raw-request-says.bad', { hasText: 'Line 2' }).waitFor();
  await field.fill(`${text.replace('tools/list', 'tools/none').replace('POST', 'POST /mcp HTTP/1.1\nHost: x')}`);
  await page.locator('[data-act=send-raw]').click();
  await page
    .locator('#raw-request-says', { hasText: 'Answered 200, text/event-stream. Left to the browser: Host.' })
    .waitFor();
  await lesson.row('POST tools/none');
  await page.locator('[data-row]', { hasText: 'tools/list' }).first().click();
  await page.getByRole('button', { name: 'Copy as Python' }).click();
  await page.locator('.status', { hasText: 'Copied as Python.' }).waitFor();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toContain('urllib.request.urlopen(request)');
  expect(lesson.troubles).toEqual([]);
});
