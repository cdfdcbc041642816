import * as z from 'zod';
import { text } from '../content.ts';
import { defineTool } from '../tool.ts';

export const chatter = defineTool({
  name: 'chatter',
  title: 'Chatter',
  description: 'Writes log messages of level info to the stream of this call, as fast as it can.',
  input: z.object({ lines: z.int().min(1).max(500).default(5).describe('How many messages') }),
  readOnly: true,
  run({ lines }, context) {
    for (let line = 1; line <= lines; line++) context.log('info', `line ${line} of ${lines}`, 'chatter');
    return text(`Wrote ${lines} lines`);
  },
});
