import type { Awaitable, JsonObject, RequestContext } from '../transport/index.ts';
import type { Content } from './content.ts';
import { type Completions, invalidParams, list, type Methods, objectParam, stringParam } from './methods.ts';

export interface PromptArgument {
  readonly name: string;
  readonly description: string;
  readonly required: boolean;
  readonly complete?: Completions;
}

export interface PromptMessage {
  role: 'user' | 'assistant';
  content: Content;
}

export interface Prompt {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly arguments: readonly PromptArgument[];
  /** `args` holds every required argument. */
  get(args: { readonly [name: string]: string }, context: RequestContext): Awaitable<PromptMessage[]>;
}

/** `prompts/list` and `prompts/get`. */
export function promptMethods(prompts: readonly Prompt[]): Methods {
  const listed = prompts.map(({ name, title, description, arguments: args }) => {
    return { name, title, description, arguments: args.map(({ complete: _, ...listedArgument }) => listedArgument) };
  });
  return {
    'prompts/list': list('prompts', listed),
    async 'prompts/get'(params, context) {
      const prompt = findPrompt(prompts, stringParam(params, 'name'));
      const messages = await prompt.get(checkedArguments(prompt, objectParam(params, 'arguments')), context);
      return { description: prompt.description, messages: messages as unknown as JsonObject[] };
    },
  };
}

/** @throws RpcError when there is no such prompt */
export function findPrompt(prompts: readonly Prompt[], name: string): Prompt {
  const prompt = prompts.find((each) => each.name === name);
  if (!prompt) throw invalidParams(`unknown prompt ${name}. There are ${prompts.map((each) => each.name).join(', ')}`);
  return prompt;
}

function checkedArguments(prompt: Prompt, given: JsonObject): { [name: string]: string } {
  const args: { [name: string]: string } = {};
  for (const { name, required } of prompt.arguments) {
    const value = given[name];
    if (typeof value === 'string') args[name] = value;
    else if (value !== undefined) throw invalidParams(`the argument ${name} must be a string`);
    else if (required) throw invalidParams(`the argument ${name} is missing`);
  }
  return args;
}
