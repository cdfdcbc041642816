/** The floor of the fetch adapter: `@hono/node-server` around a function that reads the body and answers our bytes. */

import type { Server } from 'node:http';
import { createAdaptorServer } from '@hono/node-server';
import { optionsOf, serve } from './child.ts';
import type { FloorOptions } from './floor.ts';

const { headers, body } = optionsOf<FloorOptions>();

const server = createAdaptorServer({
  fetch: async (request: Request) => {
    await request.text();
    return new Response(body, { headers });
  },
});

serve(server as Server, {}, {});
