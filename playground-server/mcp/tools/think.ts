import * as z from 'zod';
import { sampling } from '../../transport/index.ts';
import { text } from '../content.ts';
import { defineTool } from '../tool.ts';

const maxTokens = 200;

/** The server has no model. The client has one. */
export const think = defineTool({
  name: 'think',
  title: 'Let the client think',
  description: "The server asks back: has the client's model go on with a prompt, and answers with what it wrote.",
  input: z.object({ prompt: z.string().min(1).max(4096).describe('What to say to the model') }),
  readOnly: true,
  async run({ prompt }, context) {
    const messages = [{ role: 'user', content: { type: 'text', text: prompt } }];
    const { thought } = await context.ask({ thought: sampling({ messages, maxTokens }) });
    const blocks = [thought.content].flat() as { type: string; text?: string }[];
    const words = blocks.map(({ type, text }) => text ?? `[${type}]`).join('\n');
    return text(`${thought.model} wrote: ${words}`);
  },
});
