/** The components of the benchmark as Markdown. */

import {
  allGoals,
  figureText,
  goalShare,
  goalsOf,
  measureOf,
  measuresOf,
  percentText,
  shareOfFloor,
  shareText,
  takenText,
  verdictText,
} from './figures.ts';
import type { BenchSeries } from './schema.ts';
import { soakHeads, soakRows, soakText } from './soak.ts';
import { cpuText, rowText } from './words.ts';

/** By the name of the component, what stands for `<Name attribute="…" />`. */
export const benchForms: Record<string, (attributes: Record<string, string>) => string> = {
  BenchVerdict: () => verdictText(),
  BenchTaken: () => takenText(),
  BenchFigure: ({ of = '' }) => figureText(of),
  BenchShare: ({ of = '' }) => shareText(of),
  BenchGoals: () =>
    table(
      ['Measure', 'Goal', 'Reached', 'Met'],
      allGoals().map(({ measure, goal, reached, met }) => [measure.title, goal, reached, met ? 'met' : 'missed']),
    ),
  BenchShares: ({ of = '' }) =>
    table(
      ['Measure', 'Server', 'Share of the floor', 'Goal'],
      measuresOf(of).flatMap((measure) => {
        const series = measure.series[0] as BenchSeries;
        const goal = goalShare(measure);
        return series.rows
          .filter(({ role }) => role !== 'floor')
          .map((row) => [
            measure.title,
            row.label,
            percentText(shareOfFloor(row, series)),
            row.role === 'ours' && goal !== undefined ? `${goal} %` : '',
          ]);
      }),
    ),
  SoakTaken: () => soakText(),
  SoakTable: () => table(soakHeads, soakRows()),
  BenchMeasure: ({ id = '' }) => {
    const measure = measureOf(id);
    const series = measure.series.map((each) => `${each.title}:\n\n${seriesTable(each)}\n`);
    const goals = goalsOf(measure).map(
      ({ goal, reached, met }) => `- Goal ${goal}: ${reached}, ${met ? 'met' : 'missed'}.`,
    );
    return [`### ${id} ${measure.title}`, '', measure.how, '', ...series, ...goals].join('\n');
  },
};

const seriesTable = (series: BenchSeries): string =>
  table(
    ['Server', 'Median', 'CPU each'],
    series.rows.map((row) => [row.label, rowText(row, series), cpuText(row)]),
  );

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(heads), line(heads.map(() => '---')), ...rows.map(line)].join('\n');
}
