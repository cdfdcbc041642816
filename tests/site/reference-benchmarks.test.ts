import { describe, expect, test } from 'vitest';
import {
  allGoals,
  bench,
  figureText,
  goalShare,
  percentText,
  shareOfFloor,
  takenText,
} from '../../src/bench/figures.ts';
import { cpuText, rowText } from '../../src/bench/words.ts';
import { readBuilt } from './built-site.ts';
import { anchored, bare, textOf } from './reference-text.ts';

const html = readBuilt('/reference/benchmarks/index.html');
const page = bare(textOf(html));
const markdown = readBuilt('/reference/benchmarks.md');

describe('reference/benchmarks', () => {
  const shown = anchored('benchmarks', 'h3');

  test('has every measure once', () => {
    expect(shown.map(({ id }) => id).sort()).toEqual(bench.measures.map(({ id }) => id).sort());
  });

  test.each(bench.measures)('$id has every figure, and the CPU where it was taken', ({ id, how, series }) => {
    const text = bare(textOf(shown.find((each) => each.id === id)?.html ?? ''));
    expect(text).toContain(bare(how));
    for (const each of series) {
      expect(text).toContain(bare(each.title));
      for (const row of each.rows) {
        const cells = [row.label, rowText(row, each), cpuText(row)];
        expect(text).toContain(bare(cells.join(' ')));
        expect(markdown).toContain(`| ${cells.join(' | ')} |`);
      }
    }
  });

  test.each(allGoals())('$measure.id: $goal, and whether it is met', ({ measure, goal, reached, met }) => {
    expect(page).toContain(bare(`${measure.title} ${goal} ${reached} ${met ? '✓ met' : '✕ missed'}`));
    expect(page).toContain(bare(`Goal ${goal}: ${reached}, ${met ? 'met' : 'missed'}.`));
    expect(markdown).toContain(`| ${measure.title} | ${goal} | ${reached} | ${met ? 'met' : 'missed'} |`);
  });

  test('says in words what each bar of the chart shows', () => {
    const chart = /<figure class="shares[\s\S]*?<\/figure>/.exec(html)?.[0] ?? '';
    const drawn = bench.measures.filter(({ id }) => chart.includes(`href="#${id}"`));
    expect(drawn.length).toBeGreaterThanOrEqual(4);
    for (const measure of drawn) {
      const goal = goalShare(measure);
      if (goal !== undefined) expect(bare(textOf(chart))).toContain(bare(`${measure.title} goal ${goal} %`));
      const [series] = measure.series;
      for (const row of series?.rows.filter(({ role }) => role !== 'floor') ?? []) {
        expect(bare(textOf(chart))).toContain(bare(`${row.label} ${percentText(shareOfFloor(row, series as never))}`));
      }
    }
    for (const [svg] of chart.matchAll(/<svg[^>]*>/g)) expect(svg).toContain('aria-hidden="true"');
  });

  test('says when and on what machine it was taken', () => {
    expect(page).toContain(bare(takenText()));
  });
});

describe('deploy/sizing', () => {
  test('has its figures from the same file', () => {
    const text = readBuilt('/deploy/sizing.md');
    for (const place of ['T5 rss ours', 'T5 heap sdk-1', 'T6 rss ours', 'T7 growth ours', 'T5 base-rss ours']) {
      expect(text).toContain(figureText(place));
    }
  });
});
