/** What a client of the modern era makes of `tools/list`. */

import type { HeaderParameter } from '../transport/handler.ts';
import { isObject, type JsonObject, type JsonValue } from '../transport/json-rpc.ts';
import { headerParameters } from '../transport/modern/header-parameters.ts';

/** A tool as the server sent it: its schema is neither changed nor resolved, and no `$ref` is ever fetched. */
export interface Tool {
  definition: JsonObject;
  name: string;
  headerParameters: readonly HeaderParameter[];
}

export interface ToolList {
  tools: Tool[];
  /** Left out, because their callers could not build the headers (2026-07-28, Streamable HTTP, Schema Extension). */
  rejected: { name: string; why: string }[];
}

/** @param listed the member `tools` of a result */
export function usableTools(listed: JsonValue | undefined): ToolList {
  const list: ToolList = { tools: [], rejected: [] };
  for (const definition of Array.isArray(listed) ? listed : []) {
    if (!isObject(definition) || typeof definition.name !== 'string') continue;
    const { name, inputSchema } = definition;
    try {
      const parameters = headerParameters(isObject(inputSchema) ? (inputSchema as JsonObject) : {});
      list.tools.push({ name, definition: definition as JsonObject, headerParameters: parameters });
    } catch (error) {
      list.rejected.push({ name, why: error instanceof Error ? error.message : String(error) });
    }
  }
  return list;
}
