/** Whether what was measured stayed as it was. Above the lowest value of a while all is noise of garbage collection. */

/** The first is warm-up: caches fill, and what is compiled on first use is there. */
const parts = 6;

export type Unit = 'bytes' | 'resident' | 'count' | 'keys';

/** As it is written down. */
export const unitName: Record<Unit, 'bytes' | 'count'> = {
  bytes: 'bytes',
  resident: 'bytes',
  count: 'count',
  keys: 'count',
};

export interface Series {
  name: string;
  unit: Unit;
  /** The lowest value of each sixth of the run. */
  minima: number[];
}

export class Measured {
  readonly #series = new Map<string, Series>();

  /** @param at 0 to 1: how much of the run is over */
  add(at: number, name: string, unit: Unit, value: number): void {
    const series = this.#series.get(name) ?? { name, unit, minima: [] };
    this.#series.set(name, series);
    const part = Math.min(parts - 1, Math.floor(at * parts));
    series.minima[part] = Math.min(series.minima[part] ?? value, value);
  }

  get series(): Series[] {
    return [...this.#series.values()];
  }

  toString(): string {
    return this.series.map(lineOf).join('\n');
  }
}

/** Those that grew from the second sixth to the last, or of which nothing is known there. */
export function grown(series: readonly Series[]): string[] {
  return series.filter(({ unit, minima }) => !(at(minima, 5) <= most[unit](at(minima, 1)))).map(lineOf);
}

const at = (minima: readonly number[], part: number): number => minima[part] ?? Number.NaN;

/** How much higher it may be. */
const most: Record<Unit, (before: number) => number> = {
  // A small heap moves by two megabytes on its own.
  bytes: (before) => before * 1.1 + 2e6,
  // What V8 has from the system and keeps, where nothing bounds its heap: it moved by 100 MB with each big collection.
  resident: (before) => before * 1.25 + 64e6,
  // Connections that are open at this moment; and the four threads for files, which start when they are first needed.
  count: (before) => before + 4,
  // Sessions that were left behind hold as many as they had streams.
  keys: (before) => before + 100,
};

function lineOf({ name, unit, minima }: Series): string {
  const isBytes = unitName[unit] === 'bytes';
  const values = Array.from(minima, (value) =>
    value === undefined ? '-' : isBytes ? (value / 1e6).toFixed(2) : String(value),
  );
  return `${name.padEnd(36)} ${isBytes ? 'MB' : '  '} ${values.map((value) => value.padStart(8)).join('')}`;
}
