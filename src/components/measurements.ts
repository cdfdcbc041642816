/** Figures that were measured, as the pages show them: read from content/measurements at build time. */

export interface Measurement {
  what: string;
  with: string;
  /** Calls in each run, or whatever else the two columns count. */
  of: number;
  /** What was counted, found and lost; calls by their status unless said. */
  columns?: [found: string, lost: string];
  rows: { server: string; answered: string; lost: string; runs: number[] }[];
}

const files = import.meta.glob<Measurement>('/content/measurements/*.json', { import: 'default', eager: true });

/** @throws when there is no such measurement */
export function readMeasurement(name: string): Measurement {
  const found = files[`/content/measurements/${name}.json`];
  if (!found) throw new Error(`There is no measurement content/measurements/${name}.json`);
  return found;
}

export const columnsOf = ({ columns }: Measurement): [found: string, lost: string] =>
  columns ?? ['answered 200', 'answered 404'];

/** The same table as Markdown. */
export function measurementTable(name: string): string {
  const measured = readMeasurement(name);
  const rows = measured.rows.map(({ server, answered, lost }) => `| ${server} | ${answered} | ${lost} |`);
  return [
    `Measured: ${measured.what}, with ${measured.with}.`,
    '',
    `| server | ${columnsOf(measured).join(' | ')} |`,
    '|---|---|---|',
    ...rows,
  ].join('\n');
}
