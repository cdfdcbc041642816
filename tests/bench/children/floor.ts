/**
 * The floor: a bare `node:http` server that reads the body and writes the bytes that our transport was seen to write.
 * A GET it leaves open, for the measures of streams. With `together` the answers of one turn leave as ours do.
 */

import { createServer, type ServerResponse } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { sendThisTurn } from '../../../playground-server/transport/turn.ts';
import { flood, optionsOf, serve } from './child.ts';

export interface FloorOptions {
  headers: Record<string, string>;
  body: string;
  together?: true;
}

const { headers, body, together } = optionsOf<FloorOptions>();
const open = new Set<ServerResponse>();

const server = createServer((request, response) => {
  if (request.method === 'GET') {
    response.writeHead(200, headers);
    response.write(body);
    open.add(response);
    response.on('close', () => open.delete(response));
    return;
  }
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    response.writeHead(200, headers);
    if (together) sendThisTurn(() => response.end(body));
    else response.end(body);
  });
});

const writeToAll = (text: string) => {
  for (const response of open) response.write(text);
};

serve(
  server,
  {
    open: () => open.size,
    broadcast: async (text: string) => {
      writeToAll(text);
      await nextTurn();
    },
    flood: ({ count, size }: { count: number; size: number }) =>
      flood((n) => writeToAll(`data: ${JSON.stringify({ n, text: String(n % 10).repeat(size) })}\n\n`), count),
  },
  {},
);
