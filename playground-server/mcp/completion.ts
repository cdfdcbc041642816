import { isObject } from '../transport/json-rpc.ts';
import { type Completions, invalidParams, type Methods, objectParam, stringParam } from './methods.ts';
import { findPrompt, type Prompt } from './prompt.ts';
import type { ResourceTemplate } from './resource.ts';

/** How many values one answer may hold (2025-11-25, Completion, Completion Results). */
const maxValues = 100;

/** `completion/complete`, for the arguments of prompts and the variables of resource templates. */
export function completionMethods(prompts: readonly Prompt[], templates: readonly ResourceTemplate[]): Methods {
  const completionsOf = (ref: { [key: string]: unknown }, argument: string): Completions | undefined => {
    if (ref.type === 'ref/prompt') {
      return findPrompt(prompts, String(ref.name)).arguments.find(({ name }) => name === argument)?.complete;
    }
    if (ref.type !== 'ref/resource') throw invalidParams('ref.type must be ref/prompt or ref/resource');
    const template = templates.find(({ uriTemplate }) => uriTemplate === ref.uri);
    if (!template) throw invalidParams(`unknown resource template ${ref.uri}`);
    // The client chooses the name: "constructor" is none of ours.
    return template.complete && Object.hasOwn(template.complete, argument) ? template.complete[argument] : undefined;
  };
  return {
    'completion/complete'(params) {
      const argument = objectParam(params, 'argument');
      const typed = stringParam(argument, 'value').toLowerCase();
      if (!isObject(params.ref)) throw invalidParams('ref must be an object');
      const all = completionsOf(params.ref, stringParam(argument, 'name'))?.() ?? [];
      const fitting = all.filter((value) => value.toLowerCase().includes(typed));
      const values = fitting.slice(0, maxValues);
      return { completion: { values, total: fitting.length, hasMore: fitting.length > values.length } };
    },
  };
}
