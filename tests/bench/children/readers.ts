/** Opens streams by the thousand, and throws away what comes: the readers of a measure, in a process of their own. */

import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type Socket } from 'node:net';
import { serve } from './child.ts';

let received = 0;
const sockets: Socket[] = [];

/** Resolves when the first bytes of the body are there: head and body may come apart. */
async function open(port: number, request: string): Promise<void> {
  const socket = connect({ port, host: '127.0.0.1' });
  sockets.push(socket);
  await once(socket, 'connect');
  socket.write(request);
  await new Promise<void>((resolve, reject) => {
    let text = '';
    const first = (chunk: Buffer) => {
      text += chunk.toString('latin1');
      if (!/\r\n\r\n./s.test(text)) return;
      if (!text.startsWith('HTTP/1.1 200 ')) reject(new Error(text));
      socket.off('data', first).on('data', (more: Buffer) => {
        received += more.length;
      });
      resolve();
    };
    socket.on('data', first).on('error', reject);
  });
}

const atOnce = 100;

serve(
  createServer(),
  {
    open: async ({ port, request, count }: { port: number; request: string; count: number }) => {
      for (let n = 1; n <= count; n += atOnce) {
        const some = Array.from({ length: Math.min(atOnce, count - n + 1) }, (_, index) => n + index);
        await Promise.all(
          some.map((each) => open(port, request.replace('{session}', `session-${String(each).padStart(9, '0')}`))),
        );
      }
      return sockets.length;
    },
    received: () => received,
  },
  {},
);
