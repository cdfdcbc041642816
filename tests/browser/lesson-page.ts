import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright';
import type { WireAnswer } from '../../playground-server/lab/api.ts';
import type { WireEvent } from '../../playground-server/lab/wire.ts';
import { violationsIn } from '../setup/accessibility.ts';
import { until } from '../setup/until.ts';

/** A lesson in a real browser, and everything that went wrong in it. */
export interface LessonPage extends AsyncDisposable {
  page: Page;
  context: BrowserContext;
  /** Console errors, uncaught exceptions and refused requests to this origin, so far. */
  troubles: string[];
  /** The rows of the sequence, in words, without their times. */
  rows(): Promise<string[]>;
  /** Waits until a row contains these words. */
  row(words: string): Promise<void>;
  /** Presses the one button that goes on with the lesson, once it bears this label. */
  goOn(label: string): Promise<void>;
  /** The lab's address, as the page shows it. */
  endpoint(): Promise<string>;
  /** What the server has in the wire log of the page's lab. */
  wire(): Promise<WireEvent[]>;
  /** How many steps of the lesson are ticked. */
  done(steps: number): Promise<void>;
  /** What axe finds in the lesson. */
  violations(): Promise<string[]>;
}

export async function openLesson(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<LessonPage> {
  const context = await browser.newContext({ reducedMotion: 'reduce', ...options });
  const page = await context.newPage();
  const lesson = lessonIn(page);
  await page.goto(url);
  return lesson;
}

/** The same, for a page that is there already. */
export function lessonIn(page: Page): LessonPage {
  const troubles: string[] = [];
  page.on('console', (message) => {
    // A lost session, a process that died under its request, a store out of reach: a browser reports what these are about.
    const lost = /status of (404|502|503)/.test(message.text()) && message.location().url.includes('/labs/');
    if (message.type() === 'error' && !lost) troubles.push(message.text());
  });
  page.on('pageerror', (error) => troubles.push(String(error)));
  const rows = () =>
    page
      .locator(':is(.lesson-place, .playground-place) .seq-row .sr-only')
      .allTextContents()
      .then((all) => all.map(withoutTime));
  return {
    page,
    context: page.context(),
    troubles,
    rows,
    row: async (words) => {
      await until(`a row "${words}"`, async () => (await rows()).some((row) => row.includes(words)));
    },
    goOn: async (label) => {
      // An island further down begins when it comes into sight.
      await page.locator('.lesson').scrollIntoViewIfNeeded();
      await page.locator('.go:not([disabled]):not([aria-disabled="true"])', { hasText: label }).click();
    },
    endpoint: async () => (await page.locator('[data-copyable=url] pre').textContent()) ?? '',
    wire: () =>
      page.evaluate(async () => {
        const { lab } = JSON.parse(sessionStorage.getItem('lab-page') ?? '{}') as {
          lab: { id: string; token: string };
        };
        const answer = await fetch(`/api/labs/${lab.id}/wire?format=json&after=0&waitMs=0`, {
          headers: { authorization: `Bearer ${lab.token}` },
        });
        return ((await answer.json()) as WireAnswer).events;
      }),
    done: async (steps) => {
      await until(`${steps} steps to be done`, async () => (await page.locator('.steps .done').count()) === steps);
    },
    violations: () => violationsIn(page, '.lesson'),
    [Symbol.asyncDispose]: async () => {
      await endLab(page);
      await page.context().close();
    },
  };
}

/** Labs are few: one that no test needs any more makes room for the next. */
async function endLab(page: Page): Promise<void> {
  const ended = page.evaluate(async () => {
    const { lab } = (JSON.parse(sessionStorage.getItem('lab-page') ?? 'null') ?? {}) as {
      lab?: { id: string; token: string };
    };
    if (!lab) return;
    await fetch(`/api/labs/${lab.id}`, { method: 'DELETE', headers: { authorization: `Bearer ${lab.token}` } });
  });
  // A page without scripts, or one that was closed, has no lab to end.
  await ended.catch(() => undefined);
}

function withoutTime(text: string): string {
  return text.replace(/^\d+ ms, /, '');
}
