import * as z from 'zod';
import { failure, text } from '../content.ts';
import { defineTool } from '../tool.ts';
import { wait } from './wait.ts';

export const slow = defineTool({
  name: 'slow',
  title: 'Take time',
  description: 'Answers after the given time. It can be cancelled.',
  input: z.object({ ms: z.int().min(0).max(60_000).default(2_000).describe('Milliseconds until the answer') }),
  readOnly: true,
  async run({ ms }, { signal }) {
    return (await wait(ms, signal)) ? text(`Took ${ms} ms`) : failure('Cancelled');
  },
});
