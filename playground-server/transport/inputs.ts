/**
 * What a server may ask a client, and what counts as an answer: pure functions for both eras (rules C2, I1, I5, M14).
 */

import { undeclaredOf } from './capabilities.ts';
import { assertForm, formProblem } from './elicitation-schema.ts';
import type { InputRequest, InputRequests } from './handler.ts';
import { isObject, type JsonObject } from './json-rpc.ts';

/**
 * Asks the user for structured input. `params` holds `message` and `requestedSchema`; or, for what must not pass
 * through the client, `mode: 'url'`, `message` and `url`.
 * @throws TypeError when the schema is none that a form can show
 */
export function elicitation(params: JsonObject): InputRequest {
  if (params.mode !== 'url') assertForm(params.requestedSchema);
  return { method: 'elicitation/create', params };
}

/** Asks the client's model to go on with `messages`. `params` holds `messages` and `maxTokens`. */
export function sampling(params: JsonObject): InputRequest {
  return { method: 'sampling/createMessage', params };
}

/** Asks which folders the client works in. */
export function roots(): InputRequest {
  return { method: 'roots/list', params: {} };
}

/** What of the capabilities that these questions need a client did not declare; `undefined` when nothing is missing. */
export function missingCapabilities(questions: InputRequests, declared: JsonObject): JsonObject | undefined {
  const needed: Record<string, JsonObject> = {};
  for (const question of Object.values(questions)) {
    const [name, members] = capabilityFor(question);
    needed[name] = { ...needed[name], ...members };
  }
  return undeclaredOf(needed, declared);
}

function capabilityFor({ method, params }: InputRequest): [name: string, members: JsonObject] {
  if (method === 'roots/list') return ['roots', {}];
  if (method === 'elicitation/create') return ['elicitation', params.mode === 'url' ? { url: {} } : { form: {} }];
  // "The client MUST return an error if this field is provided" undeclared (2026-07-28, schema, CreateMessageRequest).
  return ['sampling', params.tools === undefined && params.toolChoice === undefined ? {} : { tools: {} }];
}

/** Why this is no answer to the question, in words; `undefined` when it is one (rule I5). */
export function answerProblem(question: InputRequest, answer: unknown): string | undefined {
  if (!isObject(answer)) return 'it must be an object';
  if (question.method === 'elicitation/create') return elicitProblem(question.params, answer);
  if (question.method === 'roots/list') return rootsProblem(answer);
  return messageProblem(answer);
}

const actions: readonly unknown[] = ['accept', 'decline', 'cancel'];

/** An `ElicitResult` (2026-07-28, Elicitation, Response Actions). */
function elicitProblem(params: JsonObject, { action, content }: Record<string, unknown>): string | undefined {
  if (!actions.includes(action)) return '"action" must be accept, decline or cancel';
  // Clients leave out what is empty, or send null for it.
  const given = content ?? {};
  if (action === 'accept' && params.mode !== 'url') return formProblem(params.requestedSchema, given);
  if (isObject(given) && Object.keys(given).length === 0) return undefined;
  return `"content" must be left out with action ${action}${action === 'accept' ? ' in url mode' : ''}`;
}

/** A `CreateMessageResult` (2026-07-28, schema). */
function messageProblem({ role, content, model, stopReason }: Record<string, unknown>): string | undefined {
  if (role !== 'user' && role !== 'assistant') return '"role" must be user or assistant';
  if (typeof model !== 'string') return '"model" must be a string';
  if (stopReason !== undefined && typeof stopReason !== 'string') return '"stopReason" must be a string';
  const blocks = Array.isArray(content) ? content : [content];
  return blocks.every(isContentBlock) ? undefined : '"content" must be a content block, or an array of them';
}

/** The members that each kind of content block must have, besides `type`. */
const blockMembers: { readonly [type: string]: { readonly [member: string]: (value: unknown) => boolean } } = {
  text: { text: isString },
  image: { data: isString, mimeType: isString },
  audio: { data: isString, mimeType: isString },
  tool_use: { id: isString, name: isString, input: isObject },
  tool_result: { toolUseId: isString, content: Array.isArray },
};

function isContentBlock(block: unknown): boolean {
  if (!isObject(block) || typeof block.type !== 'string' || !Object.hasOwn(blockMembers, block.type)) return false;
  const members = blockMembers[block.type] ?? {};
  return Object.entries(members).every(([member, isValid]) => isValid(block[member]));
}

function isString(value: unknown): value is string {
  return typeof value === 'string';
}

/** A `ListRootsResult`. "This must start with file:// for now" (2026-07-28, schema, Root). */
function rootsProblem({ roots: listed }: Record<string, unknown>): string | undefined {
  if (!Array.isArray(listed)) return '"roots" must be an array';
  const isRoot = (root: unknown) =>
    isObject(root) &&
    isString(root.uri) &&
    root.uri.startsWith('file://') &&
    (root.name === undefined || isString(root.name));
  return listed.every(isRoot) ? undefined : 'each of "roots" needs a "uri" that begins with file://';
}
