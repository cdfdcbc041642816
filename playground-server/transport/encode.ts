/** JSON-RPC messages as text. */

import type { JsonObject, JsonRpcErrorObject, RequestId } from './json-rpc.ts';

export function encodeNotification(method: string, params: JsonObject | undefined): string {
  return JSON.stringify(params === undefined ? { jsonrpc: '2.0', method } : { jsonrpc: '2.0', method, params });
}

/**
 * Put together by hand: an envelope around each result costs a third of encoding a small one.
 * @throws TypeError for what has no JSON, such as an object whose `toJSON` gives none
 */
export function encodeResult(id: RequestId, result: object): string {
  const json: string | undefined = JSON.stringify(result);
  if (json === undefined) throw new TypeError('A result must be an object that JSON can hold');
  return `{"jsonrpc":"2.0","id":${typeof id === 'number' ? id : JSON.stringify(id)},"result":${json}}`;
}

export function encodeError(id: RequestId, error: JsonRpcErrorObject): string {
  return JSON.stringify({ jsonrpc: '2.0', id, error });
}
