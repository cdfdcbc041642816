import { expect, test } from 'vitest';
import { violationsIn } from '../setup/accessibility.ts';
import { paths, type Theme, visitor } from './visit.ts';

/** What holds for every page, wide and narrow. A file for each theme, for two to run at a time. */
export function testEveryPage(theme: Theme): void {
  const site = visitor();
  test.each(paths)(
    `%s, ${theme}: accessible, fits its width, keeps to its policy, and asks nobody else`,
    async (path) => {
      await using visited = await site.visit(path, { theme });
      const { page, complaints, requests } = visited;
      expect(await page.evaluate(() => document.documentElement.dataset.theme)).toBe(theme);
      for (const width of [1440, 360]) {
        await page.setViewportSize({ width, height: 900 });
        expect(await violationsIn(page), `${width} px`).toEqual([]);
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
      }
      expect(complaints).toEqual([]);
      expect(requests.filter((url) => !url.startsWith(site.origin) && !url.startsWith('data:'))).toEqual([]);
    },
  );
}
