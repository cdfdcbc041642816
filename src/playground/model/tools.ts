/** The tools of a server, as `tools/list` gave them: found on the wire, whoever asked for them. */

import type { WireEvent } from '../../../playground-server/lab/wire.ts';
import type { JsonObject, JsonRpcMessage, JsonValue } from '../../../playground-server/transport/json-rpc.ts';
import { messageOf } from './event-message.ts';
import { messageIn } from './messages.ts';

export interface ListedTool {
  name: string;
  description: string;
  inputSchema: JsonObject;
}

/** The list that this event carried to a client, or `undefined` when it carried something else. */
export function toolsListedIn(event: WireEvent): readonly ListedTool[] | undefined {
  const { body } = event;
  // In the modern era, and without sessions, the list comes in one piece.
  const message = body.type === 'response-sent' ? listIn(body.body) : writtenBy(event);
  const tools = message && 'result' in message ? message.result.tools : undefined;
  return Array.isArray(tools) ? tools.flatMap(listedTool) : undefined;
}

function writtenBy(event: WireEvent): JsonRpcMessage | undefined {
  return event.body.type === 'event-written' ? messageOf(event) : undefined;
}

/** Most answers are no list of tools, and are not parsed for it. */
function listIn(body: string): JsonRpcMessage | undefined {
  return body.includes('"inputSchema"') ? messageIn(body) : undefined;
}

function listedTool(value: JsonValue): ListedTool[] {
  if (!isObject(value) || typeof value.name !== 'string' || !isObject(value.inputSchema)) return [];
  const { name, description, inputSchema } = value;
  return [{ name, description: typeof description === 'string' ? description : '', inputSchema }];
}

export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
