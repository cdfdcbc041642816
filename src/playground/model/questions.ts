/** What a server asks a reader, and the answers that there are to it. */

import type { JsonObject } from '../../../playground-server/transport/json-rpc.ts';
import type { Question } from '../../../playground-server/wire-client/answers.ts';

/** A question that waits for the reader. */
export interface OpenQuestion extends Question {
  /** Tells it from the questions before it. */
  number: number;
}

/** What a form shows of a question. */
export interface AskedForm {
  /** What is asked, in words. */
  words: string;
  /** What the form must ask for. */
  schema: JsonObject;
}

/** A model has no schema for what it writes: one field, for the reader who stands in for it. */
const writtenText: JsonObject = {
  type: 'object',
  properties: { text: { type: 'string', description: 'What a model would write', minLength: 1 } },
  required: ['text'],
};

export function formFor({ method, params = {} }: OpenQuestion): AskedForm {
  if (method === 'sampling/createMessage') {
    return { words: `A model is asked: ${JSON.stringify(params.messages)}`, schema: writtenText };
  }
  const words = typeof params.message === 'string' ? params.message : method;
  return { words, schema: (params.requestedSchema ?? {}) as JsonObject };
}

/** The result that accepts, with what the reader wrote (2025-11-25, Elicitation; Sampling). */
export function accepted({ method }: OpenQuestion, content: JsonObject): JsonObject {
  if (method === 'elicitation/create') return { action: 'accept', content };
  const text = typeof content.text === 'string' ? content.text : '';
  return { role: 'assistant', model: 'the reader', content: { type: 'text', text }, stopReason: 'endTurn' };
}
