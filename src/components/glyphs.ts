/**
 * The four glyphs, as data: one shape for each thing the site is about, drawn the same in prose, in the diagrams, in
 * tables and in the live log. Astro and Preact components both draw from here (box 12 × 12, stroke only).
 */

export type Meaning = 'client' | 'session' | 'stream' | 'process';

/** The `d` of one path in a 12 × 12 box, to be stroked with `currentColor` at `glyphStroke`. */
export const glyphs: Readonly<Record<Meaning, string>> = {
  /** A ring: whoever stands outside and asks. */
  client: 'M6 1.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9z',
  /** A luggage tag: the label that a process hangs on what it remembers. */
  session: 'M1.2 3.2h6.4l3.2 2.8-3.2 2.8H1.2z',
  /** A wave: one ordered sequence of events. */
  stream: 'M.6 6c1.4-3 2.8-3 4.2 0s2.8 3 4.2 0 1.6-2.4 2.4-2.6',
  /** A box: one operating-system process with its own memory. */
  process: 'M1.8 1.8h8.4v8.4H1.8z',
};

export const glyphViewBox = '0 0 12 12';
export const glyphStroke = 1.6;
