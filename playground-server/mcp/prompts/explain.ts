import { type ErrorName, errors } from '../../transport/index.ts';
import { invalidParams } from '../methods.ts';
import type { Prompt } from '../prompt.ts';

const names = Object.keys(errors) as ErrorName[];

/** Its argument is one of many, so that there is something to complete. */
export const explain: Prompt = {
  name: 'explain',
  title: 'Explain an error',
  description: 'Asks a model to explain one of the errors that this transport answers with.',
  arguments: [
    {
      name: 'error',
      description: 'The name of the error, such as sessionNotFound',
      required: true,
      complete: () => names,
    },
  ],
  get({ error }) {
    const name = names.find((each) => each === error);
    if (!name) throw invalidParams(`there is no error ${error}. completion/complete offers what there is`);
    const { status, code, message } = errors[name];
    const question =
      `An MCP server over Streamable HTTP answered my request with HTTP ${status} and the JSON-RPC error ${code}: ` +
      `"${message}" What does that mean, and what should my client do differently?`;
    return [{ role: 'user', content: { type: 'text', text: question } }];
  },
};
