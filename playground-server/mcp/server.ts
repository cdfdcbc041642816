/** A whole MCP server from data: tools, prompts and resources in, one handler for both eras out. */

import {
  type Handler,
  type HeaderParameter,
  headerParameters,
  type LogLevel,
  logLevels,
  RpcError,
  type ServerDescription,
} from '../transport/index.ts';
import { rpcCodes } from '../transport/json-rpc.ts';
import { completionMethods } from './completion.ts';
import { invalidParams, type Methods } from './methods.ts';
import { type Prompt, promptMethods } from './prompt.ts';
import type { Resource, ResourceTemplate } from './resource.ts';
import { resourceMethods } from './resource-methods.ts';
import { sessionOf } from './session.ts';
import type { Tool } from './tool.ts';
import { toolMethods } from './tool-methods.ts';

export interface ServerParts extends ServerDescription {
  tools: readonly Tool[];
  prompts: readonly Prompt[];
  resources: readonly Resource[];
  templates: readonly ResourceTemplate[];
}

/**
 * The handler of such a server.
 * @throws TypeError when a tool marks a parameter in a way that no header can carry (rule M6)
 */
export function createHandler({ tools, prompts, resources, templates, ...description }: ServerParts): Handler {
  const methods = new Map(
    Object.entries({
      ...housekeeping,
      ...toolMethods(tools),
      ...promptMethods(prompts),
      ...resourceMethods(resources, templates),
      ...completionMethods(prompts, templates),
    }),
  );
  const mirrored = new Map(tools.map((tool) => [tool.name, mirroredParameters(tool)]));
  return {
    describe: () => description,
    serves: (method) => methods.has(method),
    headerParameters: (tool) => mirrored.get(tool),
    request(request, context) {
      const method = methods.get(request.method);
      if (!method) throw new RpcError(rpcCodes.methodNotFound, `Method not found: ${request.method}`);
      return method(request.params ?? {}, context);
    },
  };
}

/** Of several tools, the error has to name the one. */
function mirroredParameters({ name, inputSchema }: Tool): HeaderParameter[] {
  try {
    return headerParameters(inputSchema);
  } catch (error) {
    throw new TypeError(`Tool ${name}: ${(error as Error).message}`, { cause: error });
  }
}

/** What the handshake era asks of every server. */
const housekeeping: Methods = {
  ping: () => ({}),
  async 'logging/setLevel'({ level }, context) {
    if (!logLevels.includes(level as LogLevel)) throw invalidParams(`level must be one of ${logLevels.join(', ')}`);
    await sessionOf(context).setLogLevel(level as LogLevel);
    return {};
  },
};
