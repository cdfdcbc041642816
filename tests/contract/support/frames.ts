/** What stands between two blank lines of an event stream, field by field, and as it was sent. */
export interface Frame {
  raw: string;
  id?: string;
  event?: string;
  retry?: string;
  data?: string;
  comment?: string;
}

/**
 * Splits the text of an event stream at its blank lines. Strict on purpose: it knows only what this transport may write
 * (LF, one space after the colon), so that anything else shows. The tolerant reading is `eventsource-parser`'s part.
 *
 * @returns What is complete so far; a frame without its blank line is not there yet.
 * @throws When a line is none that this transport writes.
 */
export function framesOf(text: string): Frame[] {
  return text
    .split('\n\n')
    .slice(0, -1)
    .map((raw) => {
      const frame: Frame = { raw: `${raw}\n\n` };
      for (const line of raw.split('\n')) {
        const match = /^(id|event|retry|data|):(?: (.*))?$/s.exec(line);
        if (!match) throw new Error(`Not a line of an event stream: ${JSON.stringify(line)}`);
        const field = (match[1] || 'comment') as Exclude<keyof Frame, 'raw'>;
        if (frame[field] !== undefined) throw new Error(`A second ${field} in one frame: ${JSON.stringify(raw)}`);
        frame[field] = match[2] ?? '';
      }
      return frame;
    });
}
