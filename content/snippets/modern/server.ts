import cluster from 'node:cluster';
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import {
  sqlite,
} from '../../../playground-server/transport/backplane/sqlite.ts';
import {
  elicitation, type RequestContext, StreamableHttpTransport,
} from '../../../playground-server/transport/index.ts';
import {
  createNodeHandler,
} from '../../../playground-server/transport/node.ts';

// 1. Announces a change. The bus takes it to the streams of all processes.
function announce(context: RequestContext) {
  context.broadcast('notifications/tools/list_changed');
  return `Announced by pid ${process.pid}`;
}

// 2. Asks back. Any process that has the key goes on from here, but one
// answer counts once: who sends it again is refused, whichever is asked.
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
  }, { state: process.pid, once: true });
  const asker = context.state;
  return `${colour.action}: pid ${asker} asked, pid ${process.pid} went on`;
}

if (cluster.isPrimary) {
  // One key for all of them: `openssl rand -hex 32`, kept as a secret.
  const STATE_KEY = process.env.STATE_KEY ?? randomBytes(32).toString('hex');
  for (let n = 0; n < 4; n++) cluster.fork({ STATE_KEY });
  cluster.on('exit', () => cluster.fork({ STATE_KEY }));
} else {
  const key = Buffer.from(process.env.STATE_KEY ?? '', 'hex');
  const transport = new StreamableHttpTransport({
    backplane: sqlite({ path: process.env.STORE ?? 'bus.db' }),
    requestStateKeys: [new Uint8Array(key)],
    handler: {
      // All must bear one name: a state is bound to it.
      describe: () => ({
        serverInfo: { name: 'modern', version: '1.0.0' },
        capabilities: { tools: { listChanged: true } },
      }),
      async request({ method, params }, context) {
        if (method === 'tools/list') {
          const names = ['announce', 'paint'];
          const inputSchema = { type: 'object' };
          return { tools: names.map((name) => ({ name, inputSchema })) };
        }
        const said = params?.name === 'paint'
          ? await paint(context) : announce(context);
        return { content: [{ type: 'text', text: said }] };
      },
    },
  });
  createServer(createNodeHandler(transport))
    .listen(Number(process.env.PORT ?? 3000));
}
