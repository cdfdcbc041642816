import { createServer } from 'node:http';
import {
  elicitation, type RequestContext, RpcError, StreamableHttpTransport,
} from '../../../playground-server/transport/index.ts';
import {
  createNodeHandler,
} from '../../../playground-server/transport/node.ts';

// A tool, written once: it does not know which era asked.
async function paint(context: RequestContext) {
  const { colour } = await context.ask({
    colour: elicitation({
      message: 'Which colour?',
      requestedSchema: {
        type: 'object',
        properties: { name: { type: 'string' } },
        required: ['name'],
      },
    }),
  });
  if (colour.action !== 'accept') return 'Nothing was painted';
  // Behind the last question: what must happen once.
  return `Painted ${(colour.content as { name: string }).name}`;
}

const transport = new StreamableHttpTransport({
  handler: {
    describe: () => ({
      serverInfo: { name: 'painter', version: '1.0.0' },
      capabilities: { tools: {} },
    }),
    async request({ method }, context) {
      if (method === 'tools/list') {
        const inputSchema = { type: 'object' };
        return { tools: [{ name: 'paint', inputSchema }] };
      }
      if (method === 'tools/call') {
        return { content: [{ type: 'text', text: await paint(context) }] };
      }
      throw new RpcError(-32601, `Method not found: ${method}`);
    },
  },
});

createServer(createNodeHandler(transport))
  .listen(Number(process.env.PORT ?? 3000));
