import { glyphStroke, glyphs, glyphViewBox, type Meaning } from '../../components/glyphs.ts';

/** One of the four shapes, in the colour of its surroundings. Decoration: the word stands beside it. */
export function Glyph({ of }: { of: Meaning }) {
  return (
    <svg class="g" viewBox={glyphViewBox} aria-hidden="true">
      <path d={glyphs[of]} fill="none" stroke="currentColor" stroke-width={glyphStroke} stroke-linejoin="round" />
    </svg>
  );
}
