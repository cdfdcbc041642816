/**
 * Input-required results: what a server asks before it can answer, and the request that brings the answers (2026-07-28,
 * Multi Round-Trip Requests). Pure functions of their input.
 */

import { isObject, type JsonObject } from '../transport/json-rpc.ts';
import type { Question } from './answers.ts';
import type { Outcome } from './outcome.ts';

export interface InputRequired {
  /** By keys of the server's choice. `undefined`: it asks nothing, and only wants the request once more. */
  questions: Record<string, Question> | undefined;
  /** The server's own; a client returns it as it is. */
  requestState: string | undefined;
}

/** `undefined`: the outcome asks for nothing. A result without `resultType` is complete. */
export function inputRequired(outcome: Outcome): InputRequired | undefined {
  if (outcome.kind !== 'result' || outcome.result.resultType !== 'input_required') return undefined;
  const { inputRequests, requestState } = outcome.result;
  return {
    questions: isObject(inputRequests) ? (inputRequests as unknown as Record<string, Question>) : undefined,
    requestState: typeof requestState === 'string' ? requestState : undefined,
  };
}

/** The parameters of the retry. They belong to this one request: no other carries the answers or the state. */
export function retryParams(
  params: JsonObject,
  { requestState }: InputRequired,
  inputResponses: JsonObject | undefined,
): JsonObject {
  return { ...params, ...(inputResponses && { inputResponses }), ...(requestState !== undefined && { requestState }) };
}
