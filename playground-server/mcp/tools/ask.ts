import * as z from 'zod';
import { elicitation } from '../../transport/index.ts';
import { text } from '../content.ts';
import { defineTool } from '../tool.ts';

/** In the handshake era a request to the client; in the modern era a result that asks for input (rule I4). */
export const ask = defineTool({
  name: 'ask',
  title: 'Ask the user',
  description: 'The server asks back: puts a question to the user of the client, and answers with what came back.',
  input: z.object({
    question: z.string().min(1).max(1000).default('What should I call you?').describe('What to ask'),
  }),
  readOnly: true,
  async run({ question }, context) {
    const requestedSchema = {
      type: 'object',
      properties: { answer: { type: 'string', title: 'Answer', maxLength: 4096 } },
      required: ['answer'],
    };
    const questions = { answer: elicitation({ message: question, requestedSchema }) };
    // Once: so that its modern form carries a requestState, which refuses the same answer a second time.
    const { answer } = await context.ask(questions, { once: true });
    if (answer.action === 'decline') return text('The user declined to answer');
    if (answer.action === 'cancel') return text('The user closed the question without an answer');
    const content = answer.content as { answer: string };
    return text(`The user answered: ${content.answer}`);
  },
});
