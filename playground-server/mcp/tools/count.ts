import * as z from 'zod';
import { failure, text } from '../content.ts';
import { defineTool } from '../tool.ts';
import { wait } from './wait.ts';

export const count = defineTool({
  name: 'count',
  title: 'Count',
  description: 'Counts up to a number and reports each step as progress, so that events can be seen arriving.',
  input: z.object({
    to: z.int().min(1).max(100).default(3).describe('How far to count'),
    everyMs: z.int().min(0).max(10_000).default(500).describe('Milliseconds before each step'),
  }),
  readOnly: true,
  async run({ to, everyMs }, { signal }, report) {
    for (let progress = 1; progress <= to; progress++) {
      if (!(await wait(everyMs, signal))) return failure(`Cancelled at ${progress - 1} of ${to}`);
      report(progress, to);
    }
    return text(`Counted to ${to}`);
  },
});
