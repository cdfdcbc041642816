import type { JsonObject, RequestContext } from '../transport/index.ts';
import { isObject, isRequestId } from '../transport/json-rpc.ts';
import { invalidParams, list, type Methods, objectParam, stringParam } from './methods.ts';
import type { ReportProgress, Tool } from './tool.ts';

/** `tools/list` and `tools/call`. The list has the order in which the tools are given. */
export function toolMethods(tools: readonly Tool[]): Methods {
  const byName = new Map(tools.map((tool) => [tool.name, tool]));
  const listed = tools.map(({ name, title, description, inputSchema, annotations }) => {
    return { name, title, description, inputSchema, annotations };
  });
  return {
    'tools/list': list('tools', listed),
    async 'tools/call'(params, context) {
      const name = stringParam(params, 'name');
      const tool = byName.get(name);
      if (!tool) throw invalidParams(`unknown tool ${name}. There are ${[...byName.keys()].join(', ')}`);
      const report = progressReporter(params, context);
      return { ...(await tool.call(objectParam(params, 'arguments'), context, report)) };
    },
  };
}

/** Only who sent a token is sent progress, under that token (2025-11-25, Progress, Progress Flow). */
function progressReporter(params: JsonObject, context: RequestContext): ReportProgress {
  const progressToken = isObject(params._meta) ? params._meta.progressToken : undefined;
  if (!isRequestId(progressToken)) return () => false;
  return (progress, total) => {
    context.notify('notifications/progress', { progressToken, progress, total });
    return true;
  };
}
