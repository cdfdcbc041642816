import type { BenchMeasure, BenchRow, BenchSeries } from '../../../src/bench/schema.ts';
import { boundText, cpuText, reachedText, rowText, seriesOf } from '../../../src/bench/words.ts';

/** One measure as lines of text: the figures of each series, and under them its goals. */
export function reportOf({ id, title, series, goals }: BenchMeasure): string {
  const lines = [`${id}  ${title}`];
  for (const each of series) {
    lines.push(`    ${each.title}`);
    const width = Math.max(...each.rows.map(({ label }) => label.length));
    for (const row of each.rows) lines.push(`      ${rowLine(row, each, width)}`);
    for (const goal of goals.filter((goal) => goal.series === each.key)) {
      const of = seriesOf(series, goal);
      const verdict = goal.met ? 'met' : 'MISSED';
      lines.push(`      → ${reachedText(goal, of)} ${goal.text}, goal ${boundText(goal, of)}: ${verdict}`);
    }
  }
  return lines.join('\n');
}

function rowLine(row: BenchRow, series: BenchSeries, width: number): string {
  const cpu = cpuText(row);
  return `${row.label.padEnd(width)}  ${rowText(row, series).padStart(12)}${cpu && `  ${cpu.padStart(8)} CPU each`}`;
}
