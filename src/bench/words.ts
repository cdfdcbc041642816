/** How figures of the benchmark are written: the same in the terminal, on the page and in its Markdown. */

import { median } from './median.ts';
import type { BenchGoal, BenchRow, BenchSeries } from './schema.ts';

/** Digits in groups of three, as everywhere on the site. */
export const grouped = (value: number): string => String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ' ');

/** The day of an instant, such as `29 November 2026`. @param instant as ISO 8601 has it */
export const dayText = (instant: string): string =>
  new Date(instant).toLocaleDateString('en-GB', { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' });

/** Three digits that mean something, and no more. */
function digits(value: number): string {
  const size = Math.abs(value);
  if (size >= 100) return grouped(value);
  return value.toFixed(size >= 10 ? 1 : 2);
}

export function bytesText(value: number): string {
  const size = Math.abs(value);
  if (size >= 1_000_000) return `${digits(value / 1_000_000)} MB`;
  return size >= 1_000 ? `${digits(value / 1_000)} kB` : `${Math.round(value)} B`;
}

/** A figure of a series, with its unit. */
function valueText(value: number, unit: BenchSeries['unit']): string {
  if (unit === 'bytes') return bytesText(value);
  return unit === 'µs' ? `${digits(value)} µs` : `${grouped(value)}/s`;
}

export const rowText = ({ runs }: BenchRow, { unit }: BenchSeries): string => valueText(median(runs), unit);

/** The CPU of one request; empty where it was not taken. */
export const cpuText = ({ cpuMicros }: BenchRow): string => (cpuMicros ? `${digits(median(cpuMicros))} µs` : '');

const unitOf = ({ isRatio }: BenchGoal, { unit }: BenchSeries) =>
  isRatio ? digits : (value: number) => valueText(value, unit);

/** `≥ 0.70`, `≤ 16.0 MB` */
export function boundText(goal: BenchGoal, series: BenchSeries): string {
  const { atLeast, atMost = 0 } = goal;
  const text = unitOf(goal, series);
  return atLeast === undefined ? `≤ ${text(atMost)}` : `≥ ${text(atLeast)}`;
}

/** What was reached, in the same unit as the bound. */
export const reachedText = (goal: BenchGoal, series: BenchSeries): string => unitOf(goal, series)(goal.value);

export function seriesOf(series: readonly BenchSeries[], { series: key }: BenchGoal): BenchSeries {
  const found = series.find((each) => each.key === key);
  if (!found) throw new Error(`There is no series ${key}`);
  return found;
}
