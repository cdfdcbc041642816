import type { Parts } from './client.ts';

export const modern = '2026-07-28';

const prefix = 'io.modelcontextprotocol/';
export const versionKey = `${prefix}protocolVersion`;
export const capabilitiesKey = `${prefix}clientCapabilities`;
export const clientInfoKey = `${prefix}clientInfo`;
export const logLevelKey = `${prefix}logLevel`;
export const serverInfoKey = `${prefix}serverInfo`;

/** A whole request, ready to be sent. */
export interface ModernRequest {
  body: {
    jsonrpc: string;
    id: string | number;
    method: string;
    params: Record<string, unknown> & { _meta: Record<string, unknown> };
  };
  headers: NonNullable<Parts['headers']>;
}

export interface ModernParts {
  id?: string | number;
  params?: Record<string, unknown>;
  /** Over the default `_meta`; `undefined` leaves a key out. */
  meta?: Record<string, unknown>;
  /** Over the default headers; `undefined` leaves one out. */
  headers?: Parts['headers'];
}

/** A request of the modern era, as a conforming client sends it but for what the test changes. */
export function modernRequest(
  method: string,
  { id = 1, params = {}, meta = {}, headers = {} }: ModernParts = {},
): ModernRequest {
  const _meta = { [versionKey]: modern, [capabilitiesKey]: {}, ...meta };
  const name = params.name ?? params.uri;
  const standard = { 'mcp-protocol-version': modern, 'mcp-method': method };
  return {
    body: { jsonrpc: '2.0', id, method, params: { ...params, _meta } },
    headers: { ...standard, ...(typeof name === 'string' && { 'mcp-name': name }), ...headers },
  };
}
