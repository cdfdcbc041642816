/** What every result of this era carries besides its own content (rule M9). Pure functions of their input. */

import type { Implementation, ServerDescription } from '../handler.ts';
import { isObject, type JsonObject } from '../json-rpc.ts';
import { modernVersions } from '../versions.ts';

const serverInfoKey = 'io.modelcontextprotocol/serverInfo';

/** Results that a client may keep, and which must say for how long and for whom (2026-07-28, Caching). */
const cacheable = new Set([
  'server/discover',
  'tools/list',
  'prompts/list',
  'resources/list',
  'resources/templates/list',
  'resources/read',
]);

/**
 * A handler's result as it is sent: a new object, the given one stays as it is. What the handler said itself stands;
 * where it is silent about caching, nothing may be kept.
 */
export function sentResult(method: string, result: JsonObject, serverInfo: Implementation): JsonObject {
  const { resultType, _meta, ...content } = result;
  const sent: JsonObject = { resultType: typeof resultType === 'string' ? resultType : 'complete', ...content };
  if (cacheable.has(method) && sent.resultType === 'complete') {
    sent.ttlMs = content.ttlMs ?? 0;
    sent.cacheScope = content.cacheScope ?? 'private';
  }
  sent._meta = { [serverInfoKey]: serverInfo, ...(isObject(_meta) && (_meta as JsonObject)) };
  return sent;
}

/** The answer to `server/discover` (rule M13). */
export function discovered({ capabilities, instructions }: ServerDescription): JsonObject {
  return { supportedVersions: [...modernVersions], capabilities, ...(instructions !== undefined && { instructions }) };
}
