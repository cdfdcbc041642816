import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

const css = readFileSync(new URL('../../src/styles/tokens.css', import.meta.url), 'utf8');
const colours = new Map(
  [...css.matchAll(/--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)/g)].map(([, name = '', light = '', dark = '']) => [
    name,
    { light, dark },
  ]),
);

/** Relative luminance, WCAG 2.2. */
function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const channel = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [light = 0, dark = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (light + 0.05) / (dark + 0.05);
}

const grounds = ['paper', 'raised'];
const texts = ['ink', 'muted', 'client', 'session', 'stream', 'process', 'fault'];
const pairs = [
  ...texts.flatMap((text) => grounds.map((ground) => ({ text, ground, least: 4.5 }))),
  { text: 'session', ground: 'session-wash', least: 4.5 },
  { text: 'muted', ground: 'session-wash', least: 4.5 },
  { text: 'fault', ground: 'fault-wash', least: 4.5 },
  // A line that means something: borders of controls, lifelines, focus.
  ...['line', 'focus'].flatMap((text) => grounds.map((ground) => ({ text, ground, least: 3 }))),
];

describe.each(['light', 'dark'] as const)('in the %s theme', (theme) => {
  test.each(pairs)('$text on $ground is at least $least:1', ({ text, ground, least }) => {
    const [front, back] = [colours.get(text), colours.get(ground)];
    if (!front || !back) throw new Error(`tokens.css has no --${front ? ground : text}`);
    expect(contrast(front[theme], back[theme])).toBeGreaterThanOrEqual(least);
  });
});
