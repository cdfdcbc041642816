/** JSON-RPC messages as text. */

import type { JsonObject, JsonRpcErrorObject, RequestId } from './json-rpc.ts';

export function encodeNotification(method: string, params: JsonObject | undefined): string {
  return JSON.stringify(params === undefined ? { jsonrpc: '2.0', method } : { jsonrpc: '2.0', method, params });
}

export function encodeResult(id: RequestId, result: object): string {
  return JSON.stringify({ jsonrpc: '2.0', id, result });
}

export function encodeError(id: RequestId, error: JsonRpcErrorObject): string {
  return JSON.stringify({ jsonrpc: '2.0', id, error });
}
