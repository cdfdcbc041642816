/** Two recordings of one exchange, compared line by line. */

import type { ShapeEra } from './shapes.ts';
import { readOutput } from './snippets.ts';

export interface Side {
  era: ShapeEra;
  lines: {
    text: string;
    /** The other era has no such line. */
    differs: boolean;
  }[];
}

/** Indentation, and the comma that a line has or lacks for its place, make no difference. */
const bare = (line: string): string => line.trim().replace(/,$/, '').toLowerCase();
/** Lines that hold a value of the run and not of the era. */
const ofTheRun = /^(?:content-length|date|user-agent|host):/;

/** @throws when either was never recorded */
export function sidesOf(handshake: string, modern: string): Side[] {
  const texts = { handshake: readOutput(handshake).split('\n'), modern: readOutput(modern).split('\n') };
  const side = (era: ShapeEra, other: ShapeEra): Side => {
    const known = new Set(texts[other].map(bare));
    return {
      era,
      lines: texts[era].map((text) => ({
        text,
        differs: text.trim() !== '' && !ofTheRun.test(bare(text)) && !known.has(bare(text)),
      })),
    };
  };
  return [side('handshake', 'modern'), side('modern', 'handshake')];
}

/** The same as Markdown. */
export function bothErasText(handshake: string, modern: string, label: string): string {
  const block = (name: string): string => `\`\`\`text\n${readOutput(name)}\n\`\`\``;
  return [`Recorded: ${label}.`, `Handshake era:\n\n${block(handshake)}`, `Modern era:\n\n${block(modern)}`].join(
    '\n\n',
  );
}
