import type { JsonObject } from './json-rpc.ts';

export function encodeNotification(method: string, params: JsonObject | undefined): string {
  return JSON.stringify(params === undefined ? { jsonrpc: '2.0', method } : { jsonrpc: '2.0', method, params });
}
