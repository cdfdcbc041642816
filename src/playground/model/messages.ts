/**
 * JSON-RPC messages in a few words: what a row of the sequence says.
 */

import type { JsonObject, JsonRpcMessage, JsonValue } from '../../../playground-server/transport/json-rpc.ts';

/** A label in three parts, of which the middle one carries the weight. */
export interface Label {
  before: string;
  strong: string;
  after: string;
}

/** The one JSON-RPC message in this text, or `undefined`. */
export function messageIn(text: string | undefined): JsonRpcMessage | undefined {
  if (text === undefined || text === '') return undefined;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    return value as JsonRpcMessage;
  } catch {
    return undefined;
  }
}

/** What kind of message it is, by the members that JSON-RPC gives each kind. */
export function kindOf(message: JsonRpcMessage): 'request' | 'notification' | 'result' | 'error' {
  if ('method' in message) return 'id' in message ? 'request' : 'notification';
  return 'error' in message ? 'error' : 'result';
}

/** A result of the modern era that asks instead of answering. */
export function isInputRequired(message: JsonRpcMessage | undefined): boolean {
  return message !== undefined && 'result' in message && message.result.resultType === 'input_required';
}

/** What a client sends, in a few words. */
export function sentLabel(message: JsonRpcMessage | undefined): { strong: string; after: string } {
  if (!message) return { strong: '', after: '' };
  if (!('method' in message)) return { strong: 'response', after: ` to ${String(message.id)}` };
  const params = message.params;
  if (message.method === 'tools/call' && typeof params?.name === 'string') {
    const args = isObject(params.arguments) ? shortArguments(params.arguments) : '';
    const again = 'inputResponses' in params ? ' with the answers' : args === '' ? '' : ` ${args}`;
    return { strong: params.name, after: again };
  }
  return { strong: message.method.replace(/^notifications\//, ''), after: '' };
}

/** What a server sends on a stream, in a few words. */
export function receivedLabel(message: JsonRpcMessage | undefined): Label {
  if (!message) return { before: '', strong: '', after: 'data' };
  if ('method' in message) return { before: '', strong: '', after: notificationWords(message.method, message.params) };
  if ('error' in message) return { before: '', strong: 'error', after: ` ${shorten(message.error.message, 40)}` };
  if (isInputRequired(message)) return { before: '', strong: 'input required', after: '' };
  return { before: '', strong: 'result', after: whoAnswered(message.result) };
}

/** `: p2, pid 41214`, when the result of a tool says so: in front of several processes that is what matters. */
function whoAnswered(result: JsonValue): string {
  if (!isObject(result) || !isObject(result.structuredContent)) return '';
  const { process, pid } = result.structuredContent;
  return typeof process === 'string' && typeof pid === 'number' ? `: ${process}, pid ${pid}` : '';
}

function notificationWords(method: string, params: JsonObject | undefined): string {
  if (method === 'notifications/progress') {
    const total = params?.total === undefined ? '' : ` of ${String(params.total)}`;
    return `progress ${String(params?.progress)}${total}`;
  }
  if (method === 'notifications/message') {
    return `log ${String(params?.level)}: ${shorten(words(params?.data), 28)}`;
  }
  return method.replace(/^notifications\//, '');
}

function words(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}

/** `{to: 3, everyMs: 400}`, shortened. */
function shortArguments(args: JsonObject): string {
  const pairs = Object.entries(args).map(([name, value]) => `${name}: ${shorten(JSON.stringify(value), 16)}`);
  return pairs.length === 0 ? '' : shorten(`{${pairs.join(', ')}}`, 40);
}

/** What a message says first: the rest is advice, and is shown with the exchange. */
export function firstSentence(text: string): string {
  return /^.*?(?=\.(?:\s|$))/s.exec(text)?.[0] ?? text;
}

/** The text, or its beginning and `…`, in at most `length` characters. */
export function shorten(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
