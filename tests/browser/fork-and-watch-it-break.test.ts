import type { Browser } from 'playwright';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { WireEvent } from '../../playground-server/lab/wire.ts';
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

const open = (options = {}): Promise<LessonPage> =>
  openLesson(browser, `${server.origin}/understand/one-process/`, options);

/** The labels of the one button, from the first step to the last, and how many steps are done when each has had its effect. */
const wholeLesson: readonly [label: string, done: number][] = [
  ['Open a session', 1],
  ['Call whoami 4 times', 2],
  ['Keep the connection', 2],
  ['Open another session', 3],
  ['Call whoami 4 times', 4],
  ['Use fresh connections', 4],
  ['Call whoami 4 times', 5],
  ['Kill p', 6],
  ['Call whoami 4 times', 7],
  ['Open another session', 8],
];

async function goThrough(lesson: LessonPage, upTo = 8): Promise<void> {
  for (const [label, done] of wholeLesson) {
    if (done > upTo) return;
    await lesson.goOn(label);
    await lesson.done(done);
  }
}

const lost = (events: readonly WireEvent[]): WireEvent[] =>
  events.filter(({ body }) => body.type === 'response-head' && body.status === 404);

/** What the page says of what was lost: in all, and from which pid. */
async function counted({ page }: LessonPage): Promise<{ lost: number; byPid: Map<number, number> }> {
  const count = (await page.locator('.count').textContent()) ?? '';
  const all = await page
    .locator('.tally [data-pid]')
    .evaluateAll((spans) =>
      spans.map((span): [number, number] => [Number(span.dataset.pid), Number(span.dataset.lost)]),
    );
  return { lost: Number(/(\d+) lost/.exec(count)?.[1] ?? 0), byPid: new Map(all) };
}

describe('lesson 5, by clicking', () => {
  test('every step is done, and the page counts the 404s that the wire log holds, from several pids', async () => {
    await using lesson = await open();
    await goThrough(lesson);
    // The last calls may still be under way when the last step is done.
    const { page, events } = await until('the page to have counted them', async () => {
      const [now, wire] = [await counted(lesson), await lesson.wire()];
      return now.lost === lost(wire).length && { page: now, events: wire };
    });
    const heads = lost(events);
    expect(page.lost).toBeGreaterThan(6);
    expect([...page.byPid.values()].reduce((sum, one) => sum + one, 0)).toBe(heads.length);
    expect(page.byPid.size).toBeGreaterThanOrEqual(2);
    const pids = events.flatMap(({ body }) => (body.type === 'process-started' ? [body.pid] : []));
    for (const pid of page.byPid.keys()) expect(pids).toContain(pid);
    expect(await lesson.page.locator('.done-note').textContent()).toContain('one table of sessions in each process');
    expect(lesson.troubles).toEqual([]);
  });

  test('on a kept connection no call is lost', async () => {
    await using lesson = await open();
    await goThrough(lesson, 3);
    const before = lost(await lesson.wire()).length;
    for (let press = 0; press < 3; press += 1) await lesson.page.locator('.composer [data-act=whoami]').click();
    await goThrough(lesson, 0);
    await lesson.done(4);
    await until('the calls to be answered', () =>
      lesson.page.locator('[data-act=whoami]:not([aria-disabled=true])').count(),
    );
    const events = await lesson.wire();
    expect(lost(events).length).toBe(before);
    const kept = events.filter(({ connection, body }) => connection === 'this-page' && body.type === 'process-chosen');
    expect(kept.length).toBeGreaterThan(5);
    expect(new Set(kept.map(({ body }) => body.type === 'process-chosen' && body.process)).size).toBe(1);
    expect(lesson.troubles).toEqual([]);
  });

  test('killing the owner loses the session, and a successor appears under a new pid', async () => {
    await using lesson = await open();
    await lesson.goOn('Open a session');
    await lesson.done(1);
    const owner = lesson.page.locator('.proc:has(.row:not(.none))');
    const words = (await owner.textContent()) ?? '';
    const name = /p\d/.exec(words)?.[0] ?? '';
    const pid = Number(/p\d\D*(\d+)/.exec(words)?.[1]);
    await owner.getByRole('button', { name: /kill/i }).click();
    const started = await until('a successor', async () =>
      (await lesson.wire()).findLast(
        ({ id, body }) => id > 9 && body.type === 'process-started' && body.process === name,
      ),
    );
    expect(started.body).not.toMatchObject({ pid });
    await until('its box', async () => {
      const boxes = await lesson.page.locator('.proc').allTextContents();
      return boxes.some(
        (box) => box.includes(String((started.body as { pid: number }).pid)) && box.includes('no sessions'),
      );
    });
    const before = lost(await lesson.wire()).length;
    await lesson.page.locator('.composer [data-act=whoami]').click();
    await until('four calls to be lost', async () => lost(await lesson.wire()).length === before + 4);
    expect(lesson.troubles).toEqual([]);
  });
});

test('lesson 5, by the keyboard alone', async () => {
  await using lesson = await open();
  const { page } = lesson;
  const focused = (): Promise<string> => page.evaluate(() => document.activeElement?.textContent ?? '');
  await until('Tab to reach the button', async () => {
    await page.keyboard.press('Tab');
    return (
      (await focused()).trim() === 'Open a session' && (await page.locator('.go:focus:not([disabled])').count()) === 1
    );
  });
  for (const [label, done] of wholeLesson) {
    await until(`the button to say "${label}"`, async () => (await focused()).startsWith(label));
    await until('the button to be ready', () => page.locator('.go:not([aria-disabled="true"])').count());
    await page.keyboard.press('Enter');
    await lesson.done(done);
  }
  expect(lesson.troubles).toEqual([]);
});

test('lesson 5, by curl from outside: the page does nothing, and every step is done', async () => {
  await using lesson = await open();
  const { page } = lesson;
  await page.locator('.lesson').scrollIntoViewIfNeeded();
  await page.getByRole('button', { name: 'or use your own client' }).click();
  const initialize = (await page.locator('[data-copyable=initialize] pre').textContent()) ?? '';
  const endpoint = await lesson.endpoint();
  const token = await page.evaluate(
    () => (JSON.parse(sessionStorage.getItem('lab-page') ?? '{}') as { lab: { id: string; token: string } }).lab,
  );
  const api = `curl -s -H 'Authorization: Bearer ${token.token}' -H 'Content-Type: application/json' '${server.origin}/api/labs/${token.id}`;
  const openSession = async (more = ''): Promise<string> => {
    const printed = await inTerminal(`${initialize} ${more}`);
    return /^mcp-session-id: (\S+)/im.exec(printed)?.[1] ?? '';
  };
  const call = (session: string, more = ''): string =>
    `curl -s -o /dev/null '${endpoint}' -H 'Accept: application/json, text/event-stream' -H 'Content-Type: application/json' \
     -H 'Mcp-Session-Id: ${session}' -H 'MCP-Protocol-Version: 2025-11-25' ${more} \
     --data-raw '{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"whoami","arguments":{}}}'`;
  const fourCalls = (session: string, more = ''): Promise<string> =>
    inTerminal(Array.from({ length: 4 }, () => call(session, more)).join('\n'));

  const first = await openSession();
  await lesson.done(1);
  await fourCalls(first);
  await lesson.done(2);
  await inTerminal(`${api}' -X PATCH -d '{"connection":"kept"}'`);
  const name = "-H 'Lab-Connection: my-terminal'";
  const second = await openSession(name);
  await lesson.done(3);
  await fourCalls(second, name);
  await lesson.done(4);
  await inTerminal(`${api}' -X PATCH -d '{"connection":"fresh"}'`);
  await fourCalls(second);
  await lesson.done(5);
  const seen = (await page.locator('.steps li').nth(2).textContent()) ?? '';
  const holder = / in (p\d)/.exec(seen)?.[1];
  await inTerminal(`${api}/processes/${holder}/kill' -X POST -d '{"signal":"SIGKILL"}'`);
  await lesson.done(6);
  await fourCalls(second);
  await lesson.done(7);
  await openSession();
  await lesson.done(8);
  const agents = new Set(await page.locator('.seq-row .strip .agent').allTextContents());
  expect(agents).toEqual(new Set([' curl']));
  expect(lesson.troubles).toEqual([]);
});

describe('the look of it', () => {
  test.each(['light', 'dark'] as const)(
    'axe finds nothing before, in the middle and at the end, %s',
    async (colorScheme) => {
      await using lesson = await open({ colorScheme });
      expect(await lesson.violations()).toEqual([]);
      await goThrough(lesson, 2);
      await lesson.page.locator('.seq-row', { hasText: '404 Session not found' }).first().click();
      await lesson.page.locator('.detail').waitFor();
      await lesson.page.locator('.own summary').click();
      expect(await lesson.violations()).toEqual([]);
      await lesson.goOn('Open another session');
      await lesson.done(3);
      expect(await lesson.violations()).toEqual([]);
    },
  );

  test.each([360, 820, 1440])('nothing is cut off at %i px', async (width) => {
    await using lesson = await open({ viewport: { width, height: 800 } });
    await goThrough(lesson, 2);
    await lesson.page.locator('.own summary').click();
    const overflow = await lesson.page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect(overflow).toBe(0);
    const small = await lesson.page
      .locator('.lesson :is(button, summary, select, input:not([type=radio]), .segments label)')
      .evaluateAll((all) =>
        all
          .filter((one) => one.checkVisibility() && one.getBoundingClientRect().height < 24)
          .map(({ outerHTML }) => outerHTML),
      );
    expect(small).toEqual([]);
  });
});
