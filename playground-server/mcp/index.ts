/** The MCP server that the playground offers: few tools, each there to make something visible. */

import type { Handler, StreamableHttpTransport } from '../transport/index.ts';
import { explain } from './prompts/explain.ts';
import { Clock } from './resources/clock.ts';
import { processTemplate } from './resources/process.ts';
import { createHandler } from './server.ts';
import { announce } from './tools/announce.ts';
import { ask } from './tools/ask.ts';
import { chatter } from './tools/chatter.ts';
import { count } from './tools/count.ts';
import { hangUp } from './tools/hang-up.ts';
import { recall, remember } from './tools/remember.ts';
import { slow } from './tools/slow.ts';
import { think } from './tools/think.ts';
import { whoami } from './tools/whoami.ts';

export interface Playground {
  readonly handler: Handler;
  /** Starts the clock, whose changes `transport` announces. */
  start(transport: Pick<StreamableHttpTransport, 'broadcast'>): void;
  stop(): void;
}

const version = '0.1.0';

/** @param processName what `whoami` calls this process, such as `p1` */
export function createPlayground({ processName, pid }: { processName: string; pid: number }): Playground {
  const clock = new Clock();
  return {
    handler: createHandler({
      serverInfo: { name: 'streamable-http-lab', title: 'Streamable HTTP Lab', version },
      capabilities: {
        tools: { listChanged: true },
        resources: { subscribe: true },
        prompts: {},
        completions: {},
        logging: {},
      },
      instructions: 'A playground for the transport. Call whoami to see which process answers, count to see progress.',
      tools: [whoami(processName, pid), count, remember, recall, ask, think, slow, announce, chatter, hangUp],
      prompts: [explain],
      resources: [clock],
      templates: [processTemplate(processName, pid)],
    }),
    start: (transport) => clock.start(transport),
    stop: () => clock.stop(),
  };
}
