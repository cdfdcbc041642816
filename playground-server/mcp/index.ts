/** The MCP server that the playground offers: few tools, each there to make something visible. */

import {
  type Handler,
  type JsonObject,
  type JsonRpcRequest,
  type LogLevel,
  logLevels,
  type RequestContext,
  RpcError,
  type StreamableHttpTransport,
} from '../transport/index.ts';
import { isObject, isRequestId } from '../transport/json-rpc.ts';
import { Clock } from './clock.ts';
import { listResources, readResource, subscribeResource, unsubscribeResource } from './resources.ts';
import type { ReportProgress, Tool } from './tool.ts';
import { announce } from './tools/announce.ts';
import { chatter } from './tools/chatter.ts';
import { count } from './tools/count.ts';
import { recall, remember } from './tools/remember.ts';
import { slow } from './tools/slow.ts';
import { whoami } from './tools/whoami.ts';

export interface Playground {
  readonly handler: Handler;
  /** Starts the clock, whose changes `transport` announces. */
  start(transport: Pick<StreamableHttpTransport, 'broadcast'>): void;
  stop(): void;
}

type Method = (params: JsonObject | undefined, context: RequestContext) => JsonObject | Promise<JsonObject>;

const version = '0.1.0';

/** @param processName what `whoami` calls this process, such as `p1` */
export function createPlayground({ processName, pid }: { processName: string; pid: number }): Playground {
  const clock = new Clock();
  const tools: Tool[] = [whoami(processName, pid), count, remember, recall, slow, announce, chatter];
  const byName = new Map(tools.map((tool) => [tool.name, tool]));
  const listed = tools.map(({ name, title, description, inputSchema, annotations }) => {
    return { name, title, description, inputSchema, annotations };
  });

  const methods = new Map<string, Method>([
    ['ping', () => ({})],
    ['tools/list', () => ({ tools: listed })],
    ['tools/call', (params, context) => callTool(byName, params, context)],
    ['resources/list', listResources],
    ['resources/templates/list', () => ({ resourceTemplates: [] })],
    ['resources/read', (params) => readResource(params, clock)],
    ['resources/subscribe', subscribeResource],
    ['resources/unsubscribe', unsubscribeResource],
    ['logging/setLevel', setLevel],
  ]);

  return {
    handler: {
      describe: () => ({
        serverInfo: { name: 'streamable-http-lab', title: 'Streamable HTTP Lab', version },
        capabilities: {
          tools: { listChanged: true },
          resources: { subscribe: true },
          logging: {},
        },
        instructions:
          'A playground for the transport. Call whoami to see which process answers, count to see progress.',
      }),
      request(request: JsonRpcRequest, context: RequestContext) {
        const method = methods.get(request.method);
        if (!method) throw new RpcError(-32601, `Method not found: ${request.method}`);
        return method(request.params, context);
      },
    },
    start: (transport) => clock.start(transport),
    stop: () => clock.stop(),
  };
}

async function callTool(
  tools: ReadonlyMap<string, Tool>,
  params: JsonObject | undefined,
  context: RequestContext,
): Promise<JsonObject> {
  const tool = tools.get(String(params?.name));
  if (!tool) {
    throw new RpcError(-32602, `Unknown tool: ${params?.name}. There are ${[...tools.keys()].join(', ')}.`);
  }
  return { ...(await tool.call(params?.arguments, context, progressReporter(params, context))) };
}

/** Only who sent a token is sent progress, under that token (2025-11-25, Progress, Progress Flow). */
function progressReporter(params: JsonObject | undefined, context: RequestContext): ReportProgress {
  const progressToken = isObject(params?._meta) ? params._meta.progressToken : undefined;
  if (!isRequestId(progressToken)) return () => {};
  return (progress, total) => context.notify('notifications/progress', { progressToken, progress, total });
}

async function setLevel(params: JsonObject | undefined, { session }: RequestContext): Promise<JsonObject> {
  const level = params?.level;
  if (!logLevels.includes(level as LogLevel)) {
    throw new RpcError(-32602, `Invalid params: level must be one of ${logLevels.join(', ')}.`);
  }
  await session.setLogLevel(level as LogLevel);
  return {};
}
