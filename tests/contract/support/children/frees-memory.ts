/**
 * Opens, uses and ends sessions by the thousand, straight at the core, and weighs the heap before and after. The first
 * rounds fill what may stay: tombstones, compiled code, caches.
 *
 * Prints `{ before, after, timers }`, the weights in bytes. Needs `--expose-gc`.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { StreamableHttpTransport } from '../../../../playground-server/transport/index.ts';
import { initializeRequest } from '../client.ts';
import { heldMethod, testHandler } from '../handler.ts';
import { MemoryExchange } from '../memory-exchange.ts';

const [sessions, endedBy] = [Number(process.argv[2]), process.argv[3]];
const filler = 'x'.repeat(2000);
const held = heldMethod();
const handler = testHandler({
  held: held.method,
  fill: (_, context) => {
    context.notify('notifications/progress', { filler });
    context.session.notify('notifications/message', { filler: `${filler}${context.session.id}` });
    context.session.set('note', `${filler}${context.session.id}`);
    return { filler: `${filler}${context.session.id}` };
  },
});
const transport = new StreamableHttpTransport({
  handler,
  ...(endedBy === 'expiry' ? { sessionIdleTimeoutMs: 150 } : {}),
});

async function round(): Promise<void> {
  for (let i = 0; i < sessions; i++) {
    const opening = new MemoryExchange('POST', {}, initializeRequest());
    transport.handle(opening);
    const headers = { 'mcp-session-id': opening.answerHeaders['mcp-session-id'] as string };
    const post = (message: object) =>
      transport.handle(new MemoryExchange('POST', headers, { jsonrpc: '2.0', ...message }));
    post({ method: 'notifications/initialized' });
    const get = new MemoryExchange('GET', headers);
    transport.handle(get);
    post({ id: 1, method: 'fill' });
    if (endedBy === 'DELETE') {
      // Never answered: the session ends under it, with an open stream.
      post({ id: 2, method: 'held' });
      transport.handle(new MemoryExchange('DELETE', headers));
    } else get.disconnect();
    if (i % 100 === 0) await nextTurn();
  }
  while (transport.inspect().sessions.length > 0) await new Promise((resolve) => setTimeout(resolve, 20));
  for (const remembered of [held.calls, handler.requests, handler.notifications]) remembered.length = 0;
  await nextTurn();
}

async function weigh(): Promise<number> {
  for (let i = 0; i < 4; i++) {
    globalThis.gc?.();
    await nextTurn();
  }
  return process.memoryUsage().heapUsed;
}

for (let warmUp = 0; warmUp < 2; warmUp++) await round();
const before = await weigh();
await round();
const after = await weigh();
const timers = process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout');
console.log(JSON.stringify({ before, after, timers }));
