import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import {
  ElicitResultSchema,
} from '@modelcontextprotocol/sdk/types.js';

const text = (words: string) =>
  ({ content: [{ type: 'text' as const, text: words }] });

/** A server has one session, so each session gets one of these. */
export function makeServer() {
  const server = new McpServer({ name: 'two-processes', version: '1.0.0' });

  // Loses its connection after the first step, and goes on working.
  server.registerTool('work', {}, async (extra) => {
    const step = (progress: number) => extra.sendNotification({
      method: 'notifications/progress',
      params: { progressToken: 'w', progress, total: 2 },
    });
    await step(1);
    extra.closeSSEStream?.();
    await step(2);
    return text('The work is done');
  });

  // Asks the user, and waits for the answer.
  server.registerTool('ask', {}, async (extra) => {
    const { content } = await extra.sendRequest({
      method: 'elicitation/create',
      params: {
        message: 'Which colour?',
        requestedSchema: {
          type: 'object', properties: { colour: { type: 'string' } },
        },
      },
    }, ElicitResultSchema);
    return text(`You said ${content?.colour}`);
  });

  return server;
}
